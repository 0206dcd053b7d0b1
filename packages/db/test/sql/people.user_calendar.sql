-- takes: org_id int, n int, start_date date, end_date date
-- gives: date date, sessions int, messages int, activities int
select day as date, sum(sessions)::int as sessions, sum(user_messages)::int as messages,
  sum((user_days.conversations + user_days.query_activities + user_days.document_activities + user_days.shared_activities))::int as activities
from user_days where org_id = (select $1::int) and n = $2::int and day >= $3::date and day <= $4::date group by day;
