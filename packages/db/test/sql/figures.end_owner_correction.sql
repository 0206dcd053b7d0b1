-- takes: org_id int, twin_id uuid
-- gives: 
delete from owner_corrections where org_id = (select $1::int) and twin_id = $2::uuid;
