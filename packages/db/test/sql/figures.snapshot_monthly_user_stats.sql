-- takes: org_id int, days date[], people int[], months date[]
-- gives: ?day date, ?key text, session_count int, activity_count int, duration_sum bigint, duration_n int
with p as (select $1::date[] as days, $2::int[] as people, $3::date[] as months)
select month as "?day", (n)::text as "?key",
  session_count, activity_count, duration_sum, duration_n
from monthly_user_stats where org_id = (select $4::int) and n = any ($2::int[]) and month = any ($3::date[]);
