-- takes: org_id int, days date[], people int[], months date[]
-- gives: ?day date, ?key text, total_active_users int, total_sessions int, total_conversations int, total_messages int, total_documents_drafted int, total_queries int, total_shared_interactions int, avg_session_duration_seconds int, platform_breakdown jsonb, session_seconds bigint, ended_sessions int, new_users int, total_twin_installations int
with p as (select $1::date[] as days, $2::int[] as people, $3::date[] as months)
select metric_date as "?day", ('')::text as "?key",
  total_active_users, total_sessions, total_conversations, total_messages, total_documents_drafted, total_queries, total_shared_interactions, avg_session_duration_seconds, platform_breakdown, session_seconds, ended_sessions, new_users, total_twin_installations
from daily_metrics where org_id = (select $4::int) and metric_date = any ($1::date[]);
