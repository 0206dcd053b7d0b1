-- takes: org_id int, rule day_rule, from date, to date
-- gives: day date
select d.day from (
  select metric_date as day from daily_metrics where org_id = (select $1::int) union select day from user_days where org_id = (select $1::int)
  union select usage_date from feature_usage where org_id = (select $1::int) union select day from activity_hours where org_id = (select $1::int)
  union select day from platform_days where org_id = (select $1::int) union select day from feature_days where org_id = (select $1::int)
  union select month from twin_months where org_id = (select $1::int) union select start_date from active_periods where org_id = (select $1::int)
  union select day from day_users where org_id = (select $1::int) union select first_day from users where org_id = (select $1::int)
  union select day_of(created_at, $2::day_rule) from users where org_id = (select $1::int)
) d join organizations o on o.id = (select $1::int)
where d.day >= $3::date and d.day <= $4::date and not is_sealed(d.day, o) order by d.day;
