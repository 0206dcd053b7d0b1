-- takes: org_id int, ids uuid[], from uuid, to uuid
-- gives: created_at timestamptz
delete from messages where org_id = (select $1::int) and conversation_id = any($2::uuid[]) and conversation_id >= $3::uuid and conversation_id <= $4::uuid returning created_at;
