-- takes: org_id int, user_ids uuid[]
-- gives: day date, sessions int, activities int, conversations int, messages int, documents int, queries int, shared_twin_interactions int
select d.day, sum(d.sessions)::int as sessions,
  sum((d.conversations + d.query_activities + d.document_activities + d.shared_activities))::int as activities,
  sum(d.conversations)::int as conversations,
  sum(d.user_messages + d.twin_messages)::int as messages,
  sum(d.documents)::int as documents,
  sum(d.queries)::int as queries,
  sum(d.shared_interactions)::int as shared_twin_interactions
from users u join user_days d on d.org_id = (select $1::int) and d.n = u.n
where u.org_id = (select $1::int) and u.id = any ($2::uuid[]) group by d.day;
