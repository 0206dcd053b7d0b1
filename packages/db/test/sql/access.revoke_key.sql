-- takes: id text, org_id int
-- gives: id text, name text, source text, scopes text[], created_at timestamptz, expires_at timestamptz?, revoked_at timestamptz?, last_used_at timestamptz?
update auth.api_keys set revoked_at = coalesce(revoked_at, now())
where id = $1::text and org_id = (select $2::int) returning id, name, source, scopes, created_at, expires_at, revoked_at, last_used_at;
