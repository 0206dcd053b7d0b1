-- takes: org_id int, user_ids uuid[]
-- gives: user_id uuid, version int, wrapped bytea
select user_id, version, wrapped from user_keys
where org_id = (select $1::int) and user_id = any($2::uuid[]) order by user_id, version;
