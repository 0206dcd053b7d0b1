-- takes: org_id int, ns int[], from date, to date, rule day_rule, sealed_from timestamptz?, back timestamptz?
-- gives: user_id uuid, lo timestamptz, hi timestamptz
select u.id as user_id, b.lo, b.hi from users u
cross join lateral (select greatest(start_of($1::date, $2::day_rule), '1970-02-01') as lo,
  least(start_of(least($3::date, '2199-01-01') + 1, $2::day_rule), '2199-01-02') as hi) w
cross join lateral (
  select w.lo, least(w.hi, coalesce($4::timestamptz - interval '1 millisecond', w.hi)) as hi
  union all
  select greatest(w.lo, $5::timestamptz), w.hi where $5::timestamptz is not null
) b
where u.org_id = (select $6::int) and u.n = any ($7::int[]) and b.lo < b.hi;
