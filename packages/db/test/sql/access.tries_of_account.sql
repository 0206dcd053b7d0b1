-- takes: account_id text, now timestamptz, shown int
-- gives: at timestamptz, succeeded boolean, network text?, total int, failed int
select at, action = 'session.begin' as succeeded, network(set_masklen(ip, case family(ip) when 4 then 24 else 48 end))::text as network,
  (count(*) over ())::int as total, (count(*) filter (where action = 'session.refuse') over ())::int as failed
from audit_log
where object_type = 'account' and object_id = $1::text and action in ('session.begin', 'session.refuse')
  and at > $2::timestamptz::timestamptz - interval '90 days'
order by id desc limit $3::int;
