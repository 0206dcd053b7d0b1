-- takes: account_id uuid, org_id int, role text, content_read boolean
-- gives: role text
insert into auth.memberships as m (account_id, org_id, role, content_read)
values ($1::uuid, (select $2::int), $3::text, $4::boolean)
on conflict (account_id, org_id) do update set role = excluded.role, content_read = excluded.content_read
  where (m.role, m.content_read) is distinct from (excluded.role, excluded.content_read)
returning role;
