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
  from (select d.day, sum(d.conversations + d.query_activities + d.document_activities + d.shared_activities)::int from platform_days d where d.org_id = (select $5::int) and d.day >= $1::date and d.day <= $3::date group by d.day) f (day, count) join sealed x using (day) cross join lateral (select count(*)::int from activities a where a.org_id = (select $6::int) and a.id >= x.lo_id and a.id < x.hi_id) r (count)
  where f.count > 0 order by f.day;
