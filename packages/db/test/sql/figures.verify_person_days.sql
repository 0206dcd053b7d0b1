-- takes: org_id int, ns int[], rule day_rule, from date, to date
-- gives: n int, day date
with person as materialized (
  select t.n, u.id from unnest($1::int[]) t (n) left join users u on u.org_id = (select $2::int) and u.n = t.n
), days (n, day) as (
  select p.n, day_of(r.started_at, $3::day_rule) from person p join sessions r on r.org_id = (select $2::int) and r.user_id = p.id
  union select p.n, day_of(r.started_at, $3::day_rule) from person p join activities r on r.org_id = (select $2::int) and r.user_id = p.id
  union select p.n, day_of(r.created_at, $3::day_rule) from person p join messages r on r.org_id = (select $2::int) and r.user_id = p.id
  union select p.n, day_of(r.created_at, $3::day_rule) from person p join documents r on r.org_id = (select $2::int) and r.user_id = p.id
  union select p.n, day_of(r.created_at, $3::day_rule) from person p join queries r on r.org_id = (select $2::int) and r.user_id = p.id
  union select p.n, day_of(r.created_at, $3::day_rule) from person p join shared_twin_interactions r on r.org_id = (select $2::int) and r.accessing_user_id = p.id
  union select p.n, day_of(r.used_at, $3::day_rule) from person p join feature_events r on r.org_id = (select $2::int) and r.user_id = p.id
  union select 0, day_of(created_at, $3::day_rule) from messages where org_id = (select $2::int) and user_id is null and 0 = any ($1::int[])
  union select n, day from user_days where org_id = (select $2::int) and n = any ($1::int[])
  union select n, usage_date from feature_usage where org_id = (select $2::int) and n = any ($1::int[])
  union select n, month from monthly_user_stats where org_id = (select $2::int) and n = any ($1::int[])
)
select d.n, d.day from days d join organizations o on o.id = (select $2::int)
where d.day >= $4::date and d.day <= $5::date and not is_sealed(d.day, o) order by d.day, d.n;
