-- takes: org_id int, id uuid
-- gives: id uuid, is_deleted boolean
select id, deleted_at is not null as is_deleted from users
where org_id = (select $1::int) and id = $2::uuid for key share;
