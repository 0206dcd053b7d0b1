-- takes: org_id int, from date, to date
-- gives: feature_name text, total_usage int, users int, adopters int, active int
with active as materialized (
  select lane, bit_or(bits) as bits from day_users
  where org_id = (select $1::int) and kind = 'active' and day >= $2::date and day <= $3::date group by lane
), uses as (
  select feature_name, sum(usage_count)::int as total_usage from feature_days d
  where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date group by feature_name
)
select f.feature_name, f.total_usage, coalesce(u.users, 0) as users, coalesce(u.adopters, 0) as adopters,
  (select coalesce(sum(bit_count(bits)), 0)::int from active) as active
from uses f cross join lateral (
  select sum(bit_count(l.bits))::int as users, sum(bit_count(l.bits & a.bits))::int as adopters
  from (
    select lane, bit_or(bits) as bits from day_users
    where org_id = (select $1::int) and kind = 'used:' || f.feature_name and day >= $2::date and day <= $3::date group by lane
  ) l left join active a using (lane)
) u
order by f.total_usage desc, f.feature_name;
