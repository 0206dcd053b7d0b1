-- takes: org_id int, ns int[], from date
-- gives: n int, active_days int, activities int
select n, count(distinct day) filter (where sessions > 0)::int as active_days,
  sum((user_days.conversations + user_days.query_activities + user_days.document_activities + user_days.shared_activities))::int as activities
from user_days where org_id = (select $1::int) and n = any($2::int[]) and day >= $3::date group by n;
