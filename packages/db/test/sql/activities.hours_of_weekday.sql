-- takes: from date, to date, rule day_rule, weekday int, hour int
-- gives: first_ms bigint, until_ms bigint
select (extract(epoch from h.first) * 1000)::bigint as first_ms, (extract(epoch from h.until) * 1000)::bigint as until_ms
from generate_series($1::date::timestamp, $2::date::timestamp, interval '1 day') t (day)
cross join (select $3::day_rule as rule) r
cross join lateral (select start_of(t.day::date, r.rule) as lo, start_of(t.day::date + 1, r.rule) as hi) d
cross join lateral (
  select (d.hi - d.lo = interval '24 hours' and d.lo at time zone zone_at(d.lo, r.rule) = t.day) as is_plain
) p
cross join lateral (
  select lo + $4::int * interval '1 hour', lo + ($4::int + 1) * interval '1 hour'
  where is_plain
  union all
  select min(q), max(q) + interval '30 seconds' from (
    select q, q - row_number() over (order by q) * interval '30 seconds' as run
    from generate_series(lo, hi - interval '30 seconds', interval '30 seconds') q
    where not is_plain and extract(hour from q at time zone zone_at(q, r.rule)) = $4::int
  ) q group by run
) h (first, until)
where extract(isodow from t.day) = $5::int order by 1;
