-- takes: org_id int, ns int[], from timestamptz[], to timestamptz[], day_rule day_rule, received_at timestamptz, day_ns int[], days date[]
-- gives: queued text?
with marked as (
  insert into ops.dirty_log (org_id, day, n, received_at)
  select distinct (select $1::int), m.day, m.n, $2::timestamptz from (
    select m.n, d.day::date from unnest($3::int[], $4::timestamptz[], $5::timestamptz[]) m (n, lo, hi),
      generate_series(day_of(m.lo, $6::day_rule), day_of(m.hi, $6::day_rule), interval '1 day') d (day)
    union all
    select n, day from unnest($7::int[], $8::date[]) m (n, day)
  ) m returning 1 as mark
)
select enqueue_rollup()::text as queued from (select mark from marked limit 1) m;
