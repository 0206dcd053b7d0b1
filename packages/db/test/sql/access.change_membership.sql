-- takes: org_id int, account_id uuid, role text, content_read boolean, titles_read boolean, active boolean
-- gives: 
update auth.memberships
set role = $1::text, content_read = $2::boolean, titles_read = $3::boolean,
  deactivated_at = case when $4::boolean then null else coalesce(deactivated_at, now()) end
where org_id = (select $5::int) and account_id = $6::uuid;
