-- takes: org_id int, from date, to date
-- gives: date date, yes int, no int, shared_interactions int
select d.day as date, sum(d.helpful_yes)::int as yes, sum(d.helpful_no)::int as no,
  sum(d.shared_interactions)::int as shared_interactions
from user_days d where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date and d.platform = any($4) and (d.platform = any($5)) is not true and d.twin_id = $6 and (d.twin_id = any($7)) is not true and d.n in (select u.n from users u where u.org_id = (select $1::int) and (u.id = any($8)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($9) and (coalesce(nullif(u.department, ''), '(none)') = any($10)) is not true and u.company = $11 and (coalesce(nullif(u.company, ''), '(none)') = any($12)) is not true) and d.shared_interactions > 0 group by d.day;
