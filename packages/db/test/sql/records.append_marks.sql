-- takes: org_id int, ns int[], from timestamptz[], to timestamptz[], day_rule day_rule, received_at timestamptz, recount boolean, counted_at timestamptz[], platforms text[], day_ns int[], days date[]
-- gives: queued text?
with marked as (
  insert into ops.dirty_log (org_id, day, n, received_at, recount)
  select distinct (select $1::int), m.day, m.n, $2::timestamptz, $3::boolean from (
    select m.n, d.day::date from unnest($4::int[], $5::timestamptz[], $6::timestamptz[]) m (n, lo, hi),
      generate_series(day_of(m.lo, $7::day_rule), day_of(m.hi, $7::day_rule), interval '1 day') d (day)
    union all
    select n, day from unnest($8::int[], $9::date[]) m (n, day)
  ) m returning 1 as mark
),
counted as (
  insert into ops.hour_changes (org_id, at, platform, activities)
  select (select $1::int), date_bin(interval '30 seconds', a.at, timestamptz 'epoch'), a.platform, count(*)
  from unnest($10::timestamptz[], $11::text[]) a (at, platform) group by 2, 3
)
select enqueue_rollup()::text as queued from (select mark from marked limit 1) m;
