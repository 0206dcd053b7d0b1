-- takes: org_id int, from date, to date
-- gives: date date, conversation int, query int, document int, shared int
select date_trunc('month', d.day::timestamp)::date as date, sum(conversations)::int as conversation, sum(query_activities)::int as query,
  sum(document_activities)::int as document, sum(shared_activities)::int as shared
from user_days d where d.org_id = $1::int and d.day >= $2::date and d.day <= $3::date and d.platform = any($4) and (d.platform = any($5)) is not true and d.twin_id = $6 and (d.twin_id = any($7)) is not true and d.n in (select u.n from users u where u.org_id = $1::int and (u.id = any($8)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($9) and (coalesce(nullif(u.department, ''), '(none)') = any($10)) is not true and u.company = $11 and (coalesce(nullif(u.company, ''), '(none)') = any($12)) is not true) group by 1;
