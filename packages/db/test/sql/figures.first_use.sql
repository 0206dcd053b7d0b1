-- takes: org_id int, starts date[], last date
-- gives: feature_name text, at int, users int, adopters int
with 
recursive kinds as (
  (select kind from public.day_users where org_id = (select $1::int) order by kind limit 1)
  union all
  select (select d.kind from public.day_users d where d.org_id = (select $1::int) and d.kind > k.kind order by d.kind limit 1)
  from kinds k where k.kind is not null
),
kind as materialized (
  select kind, case when kind like 'used:%' then substr(kind, 6) else '' end as feature_name
  from kinds where kind = 'active' or kind like 'used:%'
),
bucket as materialized (
  select k.feature_name, width_bucket(d.day, $2::date[]) - 1 as at, d.lane, bit_or(d.bits) as bits
  from kind k join day_users d on d.org_id = (select $1::int) and d.kind = k.kind and d.day <= $3::date group by 1, 2, 3
),
so_far as materialized (
  select l.feature_name, l.lane, t.at, coalesce(bit_or(b.bits) over (partition by l.feature_name, l.lane order by t.at), repeat('0', 2048)::bit(2048)) as bits
  from (select distinct feature_name, lane from bucket) l
  cross join generate_series(-1, cardinality($2::date[]) - 1) t (at)
  left join bucket b on b.feature_name = l.feature_name and b.lane = l.lane and b.at = t.at
)
select u.feature_name, u.at, sum(bit_count(u.bits))::int as users, sum(coalesce(bit_count(u.bits & k.bits), 0))::int as adopters
from so_far u left join so_far k on k.feature_name = '' and k.lane = u.lane and k.at = u.at
group by 1, 2;
