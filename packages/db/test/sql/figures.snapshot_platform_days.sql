-- takes: org_id int, days date[], people int[], months date[]
-- gives: ?day date, ?key text, sessions int, ended_sessions int, session_seconds bigint, conversations int, query_activities int, document_activities int, shared_activities int, timed_activities int, activity_seconds bigint, user_messages int, twin_messages int, tokens bigint, documents int, queries int, shared_interactions int, helpful_yes int, helpful_no int
with p as (select $1::date[] as days, $2::int[] as people, $3::date[] as months)
select day as "?day", (platform)::text as "?key",
  sessions, ended_sessions, session_seconds, conversations, query_activities, document_activities, shared_activities, timed_activities, activity_seconds, user_messages, twin_messages, tokens, documents, queries, shared_interactions, helpful_yes, helpful_no
from platform_days where org_id = (select $4::int) and day = any ($1::date[]);
