-- takes: org_id int
-- gives: some boolean
select exists (select from owner_corrections where org_id = $1::int) as some;
