-- takes: org_id int, ids uuid[]
-- gives: n int, created_at timestamptz
delete from users where org_id = (select $1::int) and id = any ($2::uuid[]) returning n, created_at;
