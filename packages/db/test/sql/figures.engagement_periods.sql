-- takes: org_id int, from date, to date, starts date[], last date
-- gives: what text, at int, counts int[]
with active as not materialized (
    select d.day, d.n / 2048 as lane, bit_or(set_bit(B'0'::bit(2048), d.n % 2048, 1)) as bits
    from user_days d where d.org_id = (select $1::int) and d.n > 0 and d.sessions > 0 and d.platform = any($2) and (d.platform = any($3)) is not true and d.twin_id = $4 and (d.twin_id = any($5)) is not true and d.n in (select u.n from users u where u.org_id = (select $1::int) and (u.id = any($6)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($7) and (coalesce(nullif(u.department, ''), '(none)') = any($8)) is not true and u.company = $9 and (coalesce(nullif(u.company, ''), '(none)') = any($10)) is not true) group by 1, 2),
    day_users as not materialized (
      select (select $1::int) as org_id, 'active' as kind, s.day, s.lane, s.bits from (select * from active) s
union all
select (select $1::int) as org_id, 'first' as kind, s.day, s.lane, s.bits from (
    select day, lane, bits & ~coalesce(bit_or(bits) over (
      partition by lane order by day rows between unbounded preceding and 1 preceding
    ), repeat('0', 2048)::bit(2048)) as bits from active) s
union all
select (select $1::int) as org_id, 'used:question_asked' as kind, s.day, s.lane, s.bits from (
    select d.day, d.n / 2048 as lane, bit_or(set_bit(B'0'::bit(2048), d.n % 2048, 1)) as bits
    from user_days d where d.org_id = (select $1::int) and d.n > 0 and d.user_messages > 0 and d.platform = any($11) and (d.platform = any($12)) is not true and d.twin_id = $13 and (d.twin_id = any($14)) is not true and d.n in (select u.n from users u where u.org_id = (select $1::int) and (u.id = any($15)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($16) and (coalesce(nullif(u.department, ''), '(none)') = any($17)) is not true and u.company = $18 and (coalesce(nullif(u.company, ''), '(none)') = any($19)) is not true) group by 1, 2) s
union all
select (select $1::int) as org_id, 'used:info_retrieved' as kind, s.day, s.lane, s.bits from (
    select d.day, d.n / 2048 as lane, bit_or(set_bit(B'0'::bit(2048), d.n % 2048, 1)) as bits
    from user_days d where d.org_id = (select $1::int) and d.n > 0 and d.queries > 0 and d.platform = any($20) and (d.platform = any($21)) is not true and d.twin_id = $22 and (d.twin_id = any($23)) is not true and d.n in (select u.n from users u where u.org_id = (select $1::int) and (u.id = any($24)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($25) and (coalesce(nullif(u.department, ''), '(none)') = any($26)) is not true and u.company = $27 and (coalesce(nullif(u.company, ''), '(none)') = any($28)) is not true) group by 1, 2) s
union all
select (select $1::int) as org_id, 'used:document_drafted' as kind, s.day, s.lane, s.bits from (
    select d.day, d.n / 2048 as lane, bit_or(set_bit(B'0'::bit(2048), d.n % 2048, 1)) as bits
    from user_days d where d.org_id = (select $1::int) and d.n > 0 and d.documents > 0 and d.platform = any($29) and (d.platform = any($30)) is not true and d.twin_id = $31 and (d.twin_id = any($32)) is not true and d.n in (select u.n from users u where u.org_id = (select $1::int) and (u.id = any($33)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($34) and (coalesce(nullif(u.department, ''), '(none)') = any($35)) is not true and u.company = $36 and (coalesce(nullif(u.company, ''), '(none)') = any($37)) is not true) group by 1, 2) s
union all
select (select $1::int) as org_id, 'used:shared_interaction' as kind, s.day, s.lane, s.bits from (
    select d.day, d.n / 2048 as lane, bit_or(set_bit(B'0'::bit(2048), d.n % 2048, 1)) as bits
    from user_days d where d.org_id = (select $1::int) and d.n > 0 and d.shared_interactions > 0 and d.platform = any($38) and (d.platform = any($39)) is not true and d.twin_id = $40 and (d.twin_id = any($41)) is not true and d.n in (select u.n from users u where u.org_id = (select $1::int) and (u.id = any($42)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($43) and (coalesce(nullif(u.department, ''), '(none)') = any($44)) is not true and u.company = $45 and (coalesce(nullif(u.company, ''), '(none)') = any($46)) is not true) group by 1, 2) s
    ),
    active_periods as not materialized (
      select org_id, period, start_date, lane, bits from public.active_periods where false
    ) select * from (
  with recursive member as materialized (
    select width_bucket(day, $47::date[]) - 1 as i, lane, bit_or(bits) filter (where kind = 'active') as active,
      bit_or(bits) filter (where kind = 'first') as first,
      bit_or(bits) filter (where kind = 'active' and day >= $48::date and day <= $49::date) as counted
    from day_users
    where org_id = (select $1::int) and kind in ('active', 'first') and day >= ($47::date[])[1] and day <= $50::date group by 1, 2
  ),
  step as (
    select p.i, coalesce(m.active, repeat('0', 2048)::bit(2048)) as now, coalesce(m.first, repeat('0', 2048)::bit(2048)) as first,
      lag(coalesce(m.active, repeat('0', 2048)::bit(2048)), 1, repeat('0', 2048)::bit(2048)) over (partition by l.lane order by p.i) as before
    from generate_series(0, cardinality($47::date[]) - 1) p (i) cross join (select distinct lane from member) l
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
  group by v.days) under_filter;
