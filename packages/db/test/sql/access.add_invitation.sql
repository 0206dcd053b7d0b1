-- takes: id text, org_id int, email text, email_key text, role text, content_read boolean, titles_read boolean, invited_by uuid?, mailed boolean, days int
-- gives: id text, email text, role text, content_read boolean, titles_read boolean, invited_by text?, created_at timestamptz, expires_at timestamptz
  with i as (
    insert into auth.invitations (id, org_id, email, email_key, role, content_read, titles_read, invited_by, mailed, expires_at)
    values ($1::text, (select $2::int), $3::text, $4::text, $5::text, $6::boolean, $7::boolean,
      $8::uuid, $9::boolean, now() + $10::int * interval '1 day')
    returning *
  )
  select i.id, i.email, i.role, i.content_read, i.titles_read, a.full_name as invited_by, i.created_at,
i.expires_at from i left join auth.accounts a on a.id = i.invited_by;
