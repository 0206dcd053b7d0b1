-- takes: org_id int, id uuid
-- gives: id uuid, day text, text text, created_by text, created_at timestamptz
delete from annotations where org_id = (select $1::int) and id = $2::uuid returning id, day::text as day, text, created_by, created_at;
