-- takes: org_id int, ids uuid[], from uuid, to uuid
-- gives: 
delete from activities where org_id = (select $1::int) and id = any($2::uuid[]) and id >= $3::uuid and id <= $4::uuid;
