-- takes: account_id uuid, org_id int, role text, content_read boolean, titles_read boolean
-- gives: role text
insert into auth.memberships as m (account_id, org_id, role, content_read, titles_read)
values ($1::uuid, (select $2::int), $3::text, $4::boolean, $5::boolean)
on conflict (account_id, org_id) do update
  set role = excluded.role, content_read = excluded.content_read, titles_read = excluded.titles_read, deactivated_at = null
  where (m.role, m.content_read, m.titles_read, m.deactivated_at)
    is distinct from (excluded.role, excluded.content_read, excluded.titles_read, null::timestamptz)
returning role;
