-- takes: org_id int, ids uuid[], from uuid, to uuid
-- gives: gone int
delete from documents where org_id = (select $1::int) and activity_id = any($2::uuid[]) and activity_id >= $3::uuid and activity_id <= $4::uuid returning 1 as gone;
