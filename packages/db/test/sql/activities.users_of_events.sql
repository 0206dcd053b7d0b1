-- takes: org_id int, ids uuid[]
-- gives: id uuid, full_name text, email text
select id, full_name, email from users
where org_id = (select $1::int) and id = any ($2::uuid[]) and deleted_at is null;
