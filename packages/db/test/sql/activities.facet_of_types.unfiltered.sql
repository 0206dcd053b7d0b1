-- takes: org_id int, from date, to date
-- gives: conversation int, query int, document int, shared int
select coalesce(sum(d.conversations), 0)::int as conversation, coalesce(sum(d.query_activities), 0)::int as query, coalesce(sum(d.document_activities), 0)::int as document, coalesce(sum(d.shared_activities), 0)::int as shared from platform_days d where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date;
