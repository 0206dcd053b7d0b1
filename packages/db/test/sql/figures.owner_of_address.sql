-- takes: org_id int, email_key text
-- gives: id uuid, is_deleted boolean
select id, deleted_at is not null as is_deleted from users
where org_id = (select $1::int) and email_key = $2::text for key share;
