-- takes: org_id int, starts date[], cohorts_until date, width int, last date, shown int, today date, until date, period text?, whole_until date
-- gives: what text, i int, counts json
with segment as materialized (
      select u.n / 2048 as lane, bit_or(set_bit(B'0'::bit(2048), u.n % 2048, 1)) as bits from users u where u.org_id = (select $1::int) and (u.id = any($2)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($3) and (coalesce(nullif(u.department, ''), '(none)') = any($4)) is not true and u.company = $5 and (coalesce(nullif(u.company, ''), '(none)') = any($6)) is not true group by 1
    ),
    day_users as not materialized (
    select d.org_id, d.kind, d.day, d.lane, d.bits & s.bits as bits from public.day_users d join segment s on s.lane = d.lane
  ),
    active_periods as not materialized (
    select d.org_id, d.period, d.start_date, d.lane, d.bits & s.bits as bits from public.active_periods d join segment s on s.lane = d.lane
  ) select * from (
  with cohort as materialized (
    
    select width_bucket(day, $7::date[]) - 1 as i, lane, bit_or(bits) as bits from day_users
    where org_id = (select $1::int) and kind = 'first' and day >= ($7::date[])[1] and day <= $8::date group by 1, 2
  ),
  -- One row a period and lane, but for the tail, of which nobody counts the rows.
  active as (
    select width_bucket(start_date, $7::date[]) - 1 as i, lane, bits from active_periods
    where org_id = (select $1::int) and period = $9::text and start_date >= ($7::date[])[2] and start_date <= least($10::date, $11::date)
    union all
    select width_bucket(day, $7::date[]) - 1 as i, lane, bit_or(bits) from day_users
    where org_id = (select $1::int) and kind = 'active' and day >= ($7::date[])[2] and day > $11::date and day <= least($10::date, $12::date)
    group by 1, 2
  ),
  
  cell as (
    select i, at, sum(retained)::int as retained
    from (
      -- Counted before they are grouped: a grouping that sorts would carry the sets along.
      select c.i, a.i - c.i as at, bit_count(c.bits & a.bits) as retained
      from cohort c join active a on a.lane = c.lane and a.i > c.i and a.i <= least(c.i + $13::int, $14::int)
      offset 0
    ) n group by 1, 2
  ),
  newcomer as materialized (
    select day, lane, bits, bit_count(bits) as people from day_users
    where org_id = (select $1::int) and kind = 'first' and day >= ($7::date[])[1] and day <= $8::date
  ),
  due as materialized (
    select after.days, day + after.days as day, lane, bits from newcomer cross join (values (1), (7), (30)) after (days)
    where day + after.days < $15::date
  ),
  returner as (
    select f.days, sum(bit_count(f.bits & a.bits)) as retained
    from due f join day_users a on a.org_id = (select $1::int) and a.kind = 'active' and a.day = f.day and a.lane = f.lane group by 1
  )
  select 'size' as what, i, json_build_array(sum(bit_count(bits))) as counts from cohort group by i
  union all
  select 'cells', i, json_object_agg(at, retained) from cell where retained > 0 group by i
  union all
  select 'day', after.days, json_build_array(
    coalesce((select retained from returner r where r.days = after.days), 0),
    coalesce((select sum(people) from newcomer where day + after.days < $15::date), 0),
    coalesce((select sum(people) from newcomer), 0))
  from (values (1), (7), (30)) after (days)) under_filter;
