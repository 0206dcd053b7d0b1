-- takes: org_id int, starts date[], cohorts_until date, width int, last date, shown int, today date, until date, period text?, whole_until date
-- gives: what text, i int, counts json
with cohort as materialized (
  
  select width_bucket(day, $1::date[]) - 1 as i, lane, bit_or(bits) as bits from day_users
  where org_id = (select $2::int) and kind = 'first' and day >= ($1::date[])[1] and day <= $3::date group by 1, 2
),
-- One row a period and lane, but for the tail, of which nobody counts the rows.
active as (
  select width_bucket(start_date, $1::date[]) - 1 as i, lane, bits from active_periods
  where org_id = (select $2::int) and period = $4::text and start_date >= ($1::date[])[2] and start_date <= least($5::date, $6::date)
  union all
  select width_bucket(day, $1::date[]) - 1 as i, lane, bit_or(bits) from day_users
  where org_id = (select $2::int) and kind = 'active' and day >= ($1::date[])[2] and day > $6::date and day <= least($5::date, $7::date)
  group by 1, 2
),

cell as (
  select i, at, sum(retained)::int as retained
  from (
    -- Counted before they are grouped: a grouping that sorts would carry the sets along.
    select c.i, a.i - c.i as at, bit_count(c.bits & a.bits) as retained
    from cohort c join active a on a.lane = c.lane and a.i > c.i and a.i <= least(c.i + $8::int, $9::int)
    offset 0
  ) n group by 1, 2
),
newcomer as materialized (
  select day, lane, bits, bit_count(bits) as people from day_users
  where org_id = (select $2::int) and kind = 'first' and day >= ($1::date[])[1] and day <= $3::date
),
due as materialized (
  select after.days, day + after.days as day, lane, bits from newcomer cross join (values (1), (7), (30)) after (days)
  where day + after.days < $10::date
),
returner as (
  select f.days, sum(bit_count(f.bits & a.bits)) as retained
  from due f join day_users a on a.org_id = (select $2::int) and a.kind = 'active' and a.day = f.day and a.lane = f.lane group by 1
)
select 'size' as what, i, json_build_array(sum(bit_count(bits))) as counts from cohort group by i
union all
select 'cells', i, json_object_agg(at, retained) from cell where retained > 0 group by i
union all
select 'day', after.days, json_build_array(
  coalesce((select retained from returner r where r.days = after.days), 0),
  coalesce((select sum(people) from newcomer where day + after.days < $10::date), 0),
  coalesce((select sum(people) from newcomer), 0))
from (values (1), (7), (30)) after (days);
