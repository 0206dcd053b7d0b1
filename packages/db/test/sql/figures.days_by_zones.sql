-- takes: org_id int, rule day_rule, now timestamptz
-- gives: from date, to date
select least(
  (select day_of(created_at, $1::day_rule) from users where org_id = (select $2::int) order by created_at limit 1), (select day_of(started_at, $1::day_rule) from sessions where org_id = (select $2::int) order by id limit 1),
  (select day_of(started_at, $1::day_rule) from activities where org_id = (select $2::int) order by id limit 1),
  (select day_of(created_at, $1::day_rule) from messages where org_id = (select $2::int) order by id limit 1),
  (select day_of(created_at, $1::day_rule) from documents where org_id = (select $2::int) order by created_at limit 1),
  (select day_of(created_at, $1::day_rule) from queries where org_id = (select $2::int) order by created_at limit 1),
  (select day_of(created_at, $1::day_rule) from shared_twin_interactions where org_id = (select $2::int) order by created_at limit 1),
  (select day_of(used_at, $1::day_rule) from feature_events where org_id = (select $2::int) order by id limit 1),
  (select min(metric_date) from daily_metrics where org_id = (select $2::int)), (select min(day) from user_days where org_id = (select $2::int)),
  day_of($3::timestamptz, $1::day_rule)
) - 2 as "from",
greatest((select max(metric_date) from daily_metrics where org_id = (select $2::int)), day_of($3::timestamptz, $1::day_rule)) + 2 as "to";
