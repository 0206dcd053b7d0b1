-- takes: org_id int
-- gives: id text, email text, role text, content_read boolean, titles_read boolean, invited_by text?, created_at timestamptz, expires_at timestamptz
  select i.id, i.email, i.role, i.content_read, i.titles_read, a.full_name as invited_by, i.created_at,
i.expires_at from auth.invitations i left join auth.accounts a on a.id = i.invited_by
  where i.org_id = (select $1::int) and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
  order by i.created_at desc, i.id;
