-- takes: org_id int, id uuid, requested_by text, now timestamptz
-- gives: user_id uuid, bytes bigint, wrapped bytea, error text?, status text, is_free boolean, last int
select x.user_id, x.bytes, x.wrapped, x.error, case when x.status = 'ready' and x.expires_at < $1::timestamptz then 'expired' else x.status end as status,
  coalesce(x.claimed_at < $1::timestamptz - interval '10 minutes', true) as is_free,
  (select max(seq) from export_chunks c where c.org_id = (select $2::int) and c.export_id = $3::uuid) as last
from exports x where x.org_id = (select $2::int) and x.id = $3::uuid and x.requested_by = $4::text for update;
