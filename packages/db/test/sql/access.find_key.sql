-- takes: id text
-- gives: id text, org_id int, name text, source text, secret_hash bytea, scopes text[], expires_at timestamptz?, revoked_at timestamptz?, last_used_at timestamptz?, is_replaced boolean
select k.id, k.org_id, k.name, k.source, k.secret_hash, k.scopes, k.expires_at, k.revoked_at, k.last_used_at,
  exists (select from auth.api_keys n where n.rotated_from = k.id) as is_replaced
from auth.api_keys k where k.id = $1::text;
