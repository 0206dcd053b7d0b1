-- takes: org_id int, zone text
-- gives: rule day_rule
with o as (select o.*, day_rule_of(o) as rule from organizations o where o.id = (select $1::int)),
meeting as (
  select at, day_from(at, rule) as day, case when at < sealed_before then zone_at(at, rule) else $2::text end as zone
  from o cross join lateral (
    select sealed_from as at union select sealed_before
    union select u.at from unnest(turn_at) u (at) where u.at > sealed_from and u.at < sealed_before
  ) m where sealed_from < sealed_before
),
turn as (
  select * from (select *, lag(zone, 1, $2::text) over (order by at) as zone_before from meeting) m
  where zone <> zone_before or at <> day_start(day, zone)
)
select row ($2::text, array_agg(at order by at), array_agg(day order by at), (array_agg(zone order by at))[:count(*)::int - 1])::day_rule as rule
from turn;
