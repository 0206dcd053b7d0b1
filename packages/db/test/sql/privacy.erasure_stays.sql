-- takes: org_id int, n int, user_id uuid
-- gives: table_name text, what text, rows int
  
select 'user_days' as table_name, case when is_sealed(f.day, o) then 'kept' else 'erased' end as what, count(*)::int as rows
from (select day as day
  from user_days where org_id = (select $1::int) and n = $2::int) f
join organizations o on o.id = (select $1::int) group by 2 union all 
select 'feature_usage' as table_name, case when is_sealed(f.day, o) then 'kept' else 'erased' end as what, count(*)::int as rows
from (select usage_date as day
  from feature_usage where org_id = (select $1::int) and n = $2::int) f
join organizations o on o.id = (select $1::int) group by 2 union all 
select 'monthly_user_stats' as table_name, case when is_sealed(f.day, o) then 'kept' else 'erased' end as what, count(*)::int as rows
from (select month as day
  from monthly_user_stats where org_id = (select $1::int) and n = $2::int) f
join organizations o on o.id = (select $1::int) group by 2
  union all
  select 'daily_metrics', 'kept', count(distinct f.day)::int from user_days f join organizations o on o.id = (select $1::int)
  where f.org_id = (select $1::int) and f.n = $2::int and is_sealed(f.day, o)
  union all
  select 'tombstones', 'kept', count(*)::int from tombstones
  where org_id = (select $1::int) and erasure_id in (select id from erasures where org_id = (select $1::int) and user_id = $3::uuid)
  union all
  select 'audit_log', 'kept', count(*)::int from audit_log where org_id = (select $1::int) and object_type = 'user' and object_id = $3::uuid::text;
