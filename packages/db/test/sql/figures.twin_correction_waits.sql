-- takes: org_id int, id uuid
-- gives: twin_id uuid
select twin_id from owner_corrections where org_id = (select $1::int) and twin_id = $2::uuid;
