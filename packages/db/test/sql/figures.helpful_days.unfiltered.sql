-- takes: org_id int, from date, to date
-- gives: date date, yes int, no int, shared_interactions int
select d.day as date, sum(d.helpful_yes)::int as yes, sum(d.helpful_no)::int as no,
  sum(d.shared_interactions)::int as shared_interactions
from platform_days d where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date and d.shared_interactions > 0 group by d.day;
