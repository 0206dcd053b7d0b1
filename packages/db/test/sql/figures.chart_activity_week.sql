-- takes: org_id int, from date, to date
-- gives: date date, conversation int, query int, document int, shared int
select date_trunc('week', d.day::timestamp)::date as date, sum(d.conversations)::int as conversation, sum(d.query_activities)::int as query, sum(d.document_activities)::int as document, sum(d.shared_activities)::int as shared
from platform_days d where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date group by 1;
