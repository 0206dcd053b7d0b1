-- takes: org_id int, n int
-- gives: active_days int, sessions int, conversations int, queries int, documents int, shared_interactions int, messages int
select count(distinct day) filter (where sessions > 0)::int as active_days, coalesce(sum(sessions), 0)::int as sessions,
  coalesce(sum(conversations), 0)::int as conversations, coalesce(sum(queries), 0)::int as queries,
  coalesce(sum(documents), 0)::int as documents, coalesce(sum(shared_interactions), 0)::int as shared_interactions,
  coalesce(sum(user_messages), 0)::int as messages
from user_days where org_id = (select $1::int) and n = $2::int;
