-- takes: org_id int
-- gives: id text, name text, source text, scopes text[], created_at timestamptz, expires_at timestamptz?, revoked_at timestamptz?, last_used_at timestamptz?
select id, name, source, scopes, created_at, expires_at, revoked_at, last_used_at from auth.api_keys where org_id = (select $1::int) order by created_at desc, id;
