-- takes: org_id int, ns int[]
-- gives: 
insert into ops.dirty_log (org_id, day, n, received_at)
select (select $1::int), f.day, f.n, '-infinity' from (
  select day, n from user_days where org_id = (select $1::int) and n = any ($2::int[])
  union select usage_date, n from feature_usage where org_id = (select $1::int) and n = any ($2::int[])
  union select cohort_date, n from user_retention where org_id = (select $1::int) and n = any ($2::int[])
  union select month, n from monthly_user_stats where org_id = (select $1::int) and n = any ($2::int[])
) f;
