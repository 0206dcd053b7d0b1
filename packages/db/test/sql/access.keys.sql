-- takes: org_id int
-- gives: id text, name text, source text, scopes text[], created_at timestamptz, created_by text?, expires_at timestamptz?, revoked_at timestamptz?, revoked_by text?, last_used_at timestamptz?, replaces text?, replaced_by text?
select k.id, k.name, k.source, k.scopes, k.created_at, c.full_name as created_by, k.expires_at, k.revoked_at,
  r.full_name as revoked_by, k.last_used_at, k.rotated_from as replaces, n.id as replaced_by
from auth.api_keys k left join auth.accounts c on c.id = k.created_by left join auth.accounts r on r.id = k.revoked_by
  left join auth.api_keys n on n.rotated_from = k.id where k.org_id = (select $1::int) order by k.created_at desc, k.id;
