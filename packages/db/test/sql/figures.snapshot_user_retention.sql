-- takes: org_id int, days date[], people int[], months date[]
-- gives: ?day date, ?key text, cohort_date date, day_1_active boolean?, day_7_active boolean?, day_30_active boolean?, total_sessions int
with p as (select $1::date[] as days, $2::int[] as people, $3::date[] as months)
select cohort_date as "?day", (n)::text as "?key",
  cohort_date, day_1_active, day_7_active, day_30_active, total_sessions
from user_retention where org_id = (select $4::int) and n = any ($2::int[]);
