-- takes: org_id int, now timestamptz
-- gives: total int, total_shared int, stale int
select count(*)::int as total, (count(*) filter (where is_shared))::int as total_shared,
  (count(*) filter (where coalesce(t.last_trained_at, t.created_at) < $1::timestamptz - interval '60 days'))::int as stale
from twins t
where t.org_id = (select $2::int);
