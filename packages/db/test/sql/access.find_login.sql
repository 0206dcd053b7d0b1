-- takes: id text
-- gives: id text, user_id uuid, expires_at timestamptz, created_at timestamptz, org_id int?
select id, user_id, expires_at, created_at, org_id from auth.sessions where id = $1::text;
