-- takes: org_id int, email_key text, id uuid?, external_ids uuid[]
-- gives: id uuid
select id from users where org_id = (select $1::int) and deleted_at is null
  and (email_key = $2::text or id = $3::uuid or id = any($4::uuid[]));
