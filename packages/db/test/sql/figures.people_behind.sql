-- takes: org_id int, from date, to date, rule day_rule, limit int
-- gives: n int, id uuid, full_name text, email text, department text?, created_at timestamptz, last_active_at timestamptz?
with member as materialized (with active as not materialized (
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
    ) select * from (select lane, bit_or(bits) as bits from day_users where org_id = (select $1::int) and day >= $47::date and day <= $48::date and kind = $49 group by lane) under_filter)
    select u.n, u.id, u.full_name, u.email, u.department, u.created_at, u.last_active_at from users u
    where u.org_id = (select $1::int) and u.deleted_at is null and exists (select from member m where m.lane = u.n / 2048 and get_bit(m.bits, u.n % 2048) = 1)
      and true
    order by u.created_at desc nulls last, u.n desc limit $50::int;
