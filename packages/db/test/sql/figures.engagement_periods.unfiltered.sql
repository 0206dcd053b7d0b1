-- takes: org_id int, from date, to date, starts date[], last date
-- gives: what text, at int, counts int[]
with recursive member as materialized (
  select width_bucket(day, $1::date[]) - 1 as i, lane, bit_or(bits) filter (where kind = 'active') as active,
    bit_or(bits) filter (where kind = 'first') as first,
    bit_or(bits) filter (where kind = 'active' and day >= $2::date and day <= $3::date) as counted
  from day_users
  where org_id = (select $4::int) and kind in ('active', 'first') and day >= ($1::date[])[1] and day <= $5::date group by 1, 2
),
step as (
  select p.i, coalesce(m.active, repeat('0', 2048)::bit(2048)) as now, coalesce(m.first, repeat('0', 2048)::bit(2048)) as first,
    lag(coalesce(m.active, repeat('0', 2048)::bit(2048)), 1, repeat('0', 2048)::bit(2048)) over (partition by l.lane order by p.i) as before
  from generate_series(0, cardinality($1::date[]) - 1) p (i) cross join (select distinct lane from member) l
  left join member m on m.i = p.i and m.lane = l.lane
),
lane as materialized (
  select lane, array_agg(counted order by i) as sets, count(*)::int as sets_n from member where counted is not null group by lane
),
counter as (
  select lane, 0 as done, repeat('0', 2048)::bit(2048) as p0, repeat('0', 2048)::bit(2048) as p1, repeat('0', 2048)::bit(2048) as p2, repeat('0', 2048)::bit(2048) as p3 from lane
  union all
  select c.lane, c.done + 1, (c.p0 # (b.bits))::bit(2048), (c.p1 # (b.bits & c.p0))::bit(2048), (c.p2 # (b.bits & c.p0 & c.p1))::bit(2048), (c.p3 # (b.bits & c.p0 & c.p1 & c.p2))::bit(2048)
  from counter c join lane l on l.lane = c.lane cross join lateral (select l.sets[c.done + 1] as bits) b
  where c.done < l.sets_n
)
select 'lifecycle' as what, i as at, array[sum(bit_count(now & first)), sum(bit_count(now & before)), sum(bit_count(now & ~before & ~first)), sum(bit_count(before & ~now))]::int[] as counts
from step where i > 0 group by i
union all
select 'counts', v.days, array[sum(bit_count(case when v.days & 1 <> 0 then c.p0 else ~c.p0 end & case when v.days & 2 <> 0 then c.p1 else ~c.p1 end & case when v.days & 4 <> 0 then c.p2 else ~c.p2 end & case when v.days & 8 <> 0 then c.p3 else ~c.p3 end))]::int[]
from counter c join lane l on l.lane = c.lane and l.sets_n = c.done
cross join lateral generate_series(1, l.sets_n) v (days)
group by v.days;
