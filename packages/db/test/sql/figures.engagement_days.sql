-- takes: org_id int, from date, to date
-- gives: date date, dau int, wau int, mau int
with whole as materialized (
  select day, lane, bits from day_users
  where org_id = (select $1::int) and kind = 'active' and day >= $2::date - 29 and day <= $3::date
),
one as (
  select g.day::date as day, l.lane, coalesce(w.bits, repeat('0', 2048)::bit(2048)) as d1
  from generate_series($2::date - 29, $3::date, interval '1 day') g (day)
  cross join (select distinct lane from whole) l
  left join whole w on w.day = g.day::date and w.lane = l.lane
),
two as (select *, d1 | lag(d1, 1, repeat('0', 2048)::bit(2048)) over w as d2 from one window w as (partition by lane order by day)),
four as (select *, d2 | lag(d2, 2, repeat('0', 2048)::bit(2048)) over w as d4 from two window w as (partition by lane order by day)),
eight as (
  select day, lane, d1, d4 | lag(d4, 3, repeat('0', 2048)::bit(2048)) over w as d7, d4 | lag(d4, 4, repeat('0', 2048)::bit(2048)) over w as d8
  from four window w as (partition by lane order by day)
),
sixteen as (
  select day, lane, d1, d7, d8 | lag(d8, 8, repeat('0', 2048)::bit(2048)) over w as d16
  from eight window w as (partition by lane order by day)
),
thirty as (
  select day, d1, d7, d16 | lag(d16, 14, repeat('0', 2048)::bit(2048)) over w as d30
  from sixteen window w as (partition by lane order by day)
)
select day as date, sum(bit_count(d1))::int as dau, sum(bit_count(d7))::int as wau, sum(bit_count(d30))::int as mau
from thirty where day >= $2::date group by day;
