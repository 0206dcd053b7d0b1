-- takes: org_id int, from date, to date, rule day_rule, lo timestamptz, hi timestamptz
-- gives: day date, ns int[], own boolean, recount boolean, received_at text
  with found (n, day) as (select coalesce(u.n, 0), r.day from (
  select distinct r.user_id, day_of(r.started_at, $1::day_rule) as day from sessions r
  where r.org_id = (select $2::int) and r.id >= uuid_floor($3::timestamptz) and r.id < uuid_floor($4::timestamptz)
) r left join users u on u.org_id = (select $2::int) and u.id = r.user_id union select coalesce(u.n, 0), r.day from (
  select distinct r.user_id, day_of(r.started_at, $1::day_rule) as day from activities r
  where r.org_id = (select $2::int) and r.id >= uuid_floor($3::timestamptz) and r.id < uuid_floor($4::timestamptz)
) r left join users u on u.org_id = (select $2::int) and u.id = r.user_id union select coalesce(u.n, 0), r.day from (
  select distinct r.user_id, day_of(r.created_at, $1::day_rule) as day from messages r
  where r.org_id = (select $2::int) and r.id >= uuid_floor($3::timestamptz) and r.id < uuid_floor($4::timestamptz)
) r left join users u on u.org_id = (select $2::int) and u.id = r.user_id union select coalesce(u.n, 0), r.day from (
  select distinct r.user_id as user_id, day_of(r.created_at, $1::day_rule) as day from documents r
  where r.org_id = (select $2::int) and r.created_at >= $3::timestamptz and r.created_at < $4::timestamptz
) r left join users u on u.org_id = (select $2::int) and u.id = r.user_id union select coalesce(u.n, 0), r.day from (
  select distinct r.user_id as user_id, day_of(r.created_at, $1::day_rule) as day from queries r
  where r.org_id = (select $2::int) and r.created_at >= $3::timestamptz and r.created_at < $4::timestamptz
) r left join users u on u.org_id = (select $2::int) and u.id = r.user_id union select coalesce(u.n, 0), r.day from (
  select distinct r.accessing_user_id as user_id, day_of(r.created_at, $1::day_rule) as day from shared_twin_interactions r
  where r.org_id = (select $2::int) and r.created_at >= $3::timestamptz and r.created_at < $4::timestamptz
) r left join users u on u.org_id = (select $2::int) and u.id = r.user_id union select coalesce(u.n, 0), r.day from (
  select distinct r.user_id, day_of(r.used_at, $1::day_rule) as day from feature_events r
  where r.org_id = (select $2::int) and r.id >= uuid_floor($3::timestamptz) and r.id < uuid_floor($4::timestamptz)
) r left join users u on u.org_id = (select $2::int) and u.id = r.user_id union select 0, day_of(created_at, $1::day_rule) from users where org_id = (select $2::int) and created_at >= $3::timestamptz and created_at < $4::timestamptz union select n, day from user_days where org_id = (select $2::int) and day >= $5::date and day <= $6::date union select n, usage_date from feature_usage where org_id = (select $2::int) and usage_date >= $5::date and usage_date <= $6::date union select n, cohort_date from user_retention where org_id = (select $2::int) and cohort_date >= $5::date and cohort_date <= $6::date union select n, month from monthly_user_stats where org_id = (select $2::int) and month >= $5::date and month <= $6::date union select n, first_day from users where org_id = (select $2::int) and first_day >= $5::date and first_day <= $6::date union select lane * 2048, day from day_users where org_id = (select $2::int) and day >= $5::date and day <= $6::date union select 0, day from activity_hours where org_id = (select $2::int) and day >= $5::date and day <= $6::date union select 0, day from platform_days where org_id = (select $2::int) and day >= $5::date and day <= $6::date union select 0, day from feature_days where org_id = (select $2::int) and day >= $5::date and day <= $6::date union select 0, metric_date from daily_metrics where org_id = (select $2::int) and metric_date >= $5::date and metric_date <= $6::date)
  select f.day, array_agg(distinct f.n) || 0 as ns, true as own, true as recount, null as received_at
  from found f join organizations o on o.id = (select $2::int)
  where f.day >= $5::date and f.day <= $6::date and not is_sealed(f.day, o)
  group by f.day order by f.day;
