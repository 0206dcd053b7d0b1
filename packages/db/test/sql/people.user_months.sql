-- takes: org_id int, n int
-- gives: month date, session_count int, activity_count int, avg_duration float8?
select month, session_count, activity_count, duration_sum::float8 / nullif(duration_n, 0) as avg_duration
from monthly_user_stats where org_id = (select $1::int) and n = $2::int
order by month desc limit 400;
