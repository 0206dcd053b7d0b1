-- takes: id text
-- gives: id text, org_id int, name text, source text, secret_hash bytea, scopes text[], expires_at timestamptz?, revoked_at timestamptz?, last_used_at timestamptz?
select id, org_id, name, source, secret_hash, scopes, expires_at, revoked_at, last_used_at
from auth.api_keys where id = $1::text;
