-- takes: org_id int, from date, to date, rule day_rule, cut timestamptz
-- gives: day date, lo timestamptz, counted int, left int
  with 
sealed as materialized (
  select t.day, b.lo, b.hi, uuid_floor(b.lo) as lo_id, uuid_floor(b.hi) as hi_id
  from organizations o
  cross join lateral (
    select greatest($1::date, day_of(o.sealed_from, $2::day_rule)) as first,
      least($3::date, day_of(least(o.sealed_before, $4::timestamptz) - interval '1 millisecond', $2::day_rule)) as last
  ) e
  cross join lateral generate_series(e.first::timestamp, e.last::timestamp, interval '1 day') s (at)
  cross join lateral (select s.at::date as day) t
  cross join lateral (select start_of(t.day, $2::day_rule) as lo, start_of(t.day + 1, $2::day_rule) as hi) b
  where o.id = (select $5::int) and o.sealed_before is not null
)
  select f.day, x.lo, f.count as counted, r.count as "left"
  from (select d.day, sum(d.conversations + d.query_activities)::int from user_days d where d.org_id = (select $5::int) and d.day >= $1::date and d.day <= $3::date and d.platform = any($6) and (d.platform = any($7)) is not true and d.twin_id = $8 and (d.twin_id = any($9)) is not true and d.n in (select u.n from users u where u.org_id = (select $5::int) and (u.id = any($10)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($11) and (coalesce(nullif(u.department, ''), '(none)') = any($12)) is not true and u.company = $13 and (coalesce(nullif(u.company, ''), '(none)') = any($14)) is not true) group by d.day) f (day, count) join sealed x using (day) cross join lateral (select count(*)::int from activities a where a.org_id = (select $15::int) and a.activity_type = any($16) and a.platform = any($17) and (a.platform = any($18)) is not true and a.twin_id = $19 and (a.twin_id = any($20)) is not true and (a.user_id = any($21)) is not true and a.user_id in (select u.id from users u where u.org_id = (select $22::int) and coalesce(nullif(u.department, ''), '(none)') = any($23) and (coalesce(nullif(u.department, ''), '(none)') = any($24)) is not true and u.company = $25 and (coalesce(nullif(u.company, ''), '(none)') = any($26)) is not true) and a.id >= x.lo_id and a.id < x.hi_id) r (count)
  where f.count > 0 order by f.day;
