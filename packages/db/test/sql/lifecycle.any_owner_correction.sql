-- takes: org_id int
-- gives: some boolean
select exists (select from owner_corrections where org_id = (select $1::int)) as some;
