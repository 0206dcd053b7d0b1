-- takes: org_id int, from date, to date, starts date[]
-- gives: at int?, users int
with a as materialized (
  select distinct d.day - $1::date as at, d.n from user_days d where d.org_id = (select $2::int) and d.day >= $1::date and d.day <= $3::date and d.platform = any($4) and (d.platform = any($5)) is not true and d.twin_id = $6 and (d.twin_id = any($7)) is not true and d.n in (select u.n from users u where u.org_id = (select $2::int) and (u.id = any($8)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($9) and (coalesce(nullif(u.department, ''), '(none)') = any($10)) is not true and u.company = $11 and (coalesce(nullif(u.company, ''), '(none)') = any($12)) is not true) and d.sessions > 0 and d.n > 0
)
select at, count(*)::int as users from a group by at
union all
select null, count(distinct n)::int from a;
