-- takes: org_id int, id uuid
-- gives: 
delete from export_chunks where org_id = (select $1::int) and export_id = $2::uuid;
