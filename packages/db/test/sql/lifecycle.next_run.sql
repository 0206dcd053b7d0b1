-- takes: org_id int, now timestamptz
-- gives: time_zone text, day_rule day_rule, today date, run_day date, run_at timestamptz
select o.time_zone, day_rule_of(o) as day_rule, t.today, d.day as run_day, ((d.day + time '03:00') at time zone o.time_zone) as run_at
from organizations o
cross join lateral (select ($1::timestamptz at time zone o.time_zone)::date as today) t
cross join lateral (
  select case when ((t.today + time '03:00') at time zone o.time_zone) > $1::timestamptz then t.today else t.today + 1 end as day
) d
where o.id = (select $2::int);
