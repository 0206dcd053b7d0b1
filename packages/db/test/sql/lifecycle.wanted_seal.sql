-- takes: org_id int, sessions_cut date, messages_cut date, activities_cut date
-- gives: from_day date?, day date?, before_day date?, earlier_day date?
select s.from_day, coalesce(s.before_day, f.first_day) as day, greatest(w.day, s.before_day) as before_day,
  case when f.first_day < s.from_day then f.first_day end as earlier_day
from organizations o
cross join lateral (
  select day_from(o.sealed_from, day_rule_of(o)) as from_day, day_from(o.sealed_before, day_rule_of(o)) as before_day
) s
cross join lateral (
  select least((select min(day) from user_days where org_id = (select $1::int)), (select min(usage_date) from feature_usage where org_id = (select $1::int))) as first_day
) f
cross join lateral (
  select greatest($2::date, $3::date, (
    date_trunc('month', $4::date::timestamp)
    + case when extract(day from $4::date) = 1 then '0' else '1 month' end::interval
  )::date) + 2 as day
) w
where o.id = (select $1::int);
