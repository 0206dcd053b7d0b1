-- takes: org_id int, account_id uuid
-- gives: account_id uuid, email text, full_name text, role text, content_read boolean, titles_read boolean, joined_at timestamptz, deactivated_at timestamptz?, has_password boolean, signed_in_at timestamptz?
  select m.account_id, a.email, a.full_name, m.role, m.content_read, m.titles_read,
m.created_at as joined_at, m.deactivated_at, a.password_hash is not null as has_password,
(select max(s.created_at) from auth.sessions s where s.user_id = a.id and s.expires_at > now()) as signed_in_at from auth.memberships m join auth.accounts a on a.id = m.account_id
  where m.org_id = (select $1::int) and m.account_id = $2::uuid;
