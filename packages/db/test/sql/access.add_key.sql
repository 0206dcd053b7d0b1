-- takes: id text, org_id int, name text, source text, secret_hash bytea, scopes text[], created_at timestamptz, expires_at timestamptz?
-- gives: id text, name text, source text, scopes text[], created_at timestamptz, expires_at timestamptz?, revoked_at timestamptz?, last_used_at timestamptz?
insert into auth.api_keys (id, org_id, name, source, secret_hash, scopes, created_at, expires_at)
values ($1::text, (select $2::int), $3::text, $4::text, $5::bytea, $6::text[], $7::timestamptz, $8::timestamptz)
returning id, name, source, scopes, created_at, expires_at, revoked_at, last_used_at;
