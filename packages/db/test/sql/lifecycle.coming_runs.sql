-- takes: org_id int, from date, until date, counts int[], units text[], pending_counts int[], pending_units text[], pending_from timestamptz[]
-- gives: run_day date, run_at timestamptz, cut_days date[]
select r.day as run_day, r.at as run_at, array_agg(c.day order by k.i) as cut_days
from organizations o
cross join lateral (
  select d::date as day, ((d::date + time '03:00') at time zone o.time_zone) as at
  from generate_series($1::date, $2::date, interval '1 day') d
) r
cross join unnest($3::int[], $4::text[], $5::int[], $6::text[], $7::timestamptz[])
  with ordinality k (count, unit, pending_count, pending_unit, pending_from, i)
cross join lateral (
  select case when k.pending_from <= r.at then (r.day - (k.pending_count || ' ' || k.pending_unit)::interval)::date
    else (r.day - (k.count || ' ' || k.unit)::interval)::date end as day
) c
where o.id = (select $8::int) group by r.day, r.at order by r.day;
