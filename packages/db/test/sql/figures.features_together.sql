-- takes: org_id int, from date, to date, names text[]
-- gives: mask int, users int
with users as materialized (
select f.name, d.lane, bit_or(d.bits) as bits
from (
  with 
recursive kinds as (
  (select kind from public.day_users where org_id = (select $1::int) and kind >= 'used:' order by kind limit 1)
  union all
  select (select d.kind from public.day_users d where d.org_id = (select $1::int) and d.kind > k.kind order by d.kind limit 1)
  from kinds k where k.kind is not null
)
  select kind, substr(kind, 6) as feature from kinds where kind like 'used:%'
) k
cross join lateral (select case when k.feature = any ($2::text[]) then k.feature else '*' end as name) f
join day_users d on d.org_id = (select $1::int) and d.kind = k.kind and d.day >= $3::date and d.day <= $4::date
group by f.name, d.lane),
filled as materialized (
  select l.lane, f.place - 1 as place, coalesce(u.bits, repeat('0', 2048)::bit(2048)) as bits
  from (select distinct lane from users) l cross join unnest($2::text[]) with ordinality f (name, place)
  left join users u on u.lane = l.lane and u.name = f.name
)
select mask, sum(users)::int as users from (
  select m.mask, bit_count(bit_and(case when m.mask >> f.place::int & 1 = 1 then f.bits else ~f.bits end)) as users
  from filled f cross join generate_series(1, (1 << cardinality($2::text[])) - 1) m (mask) group by m.mask, f.lane
) c where users > 0 group by mask order by users desc, mask;
