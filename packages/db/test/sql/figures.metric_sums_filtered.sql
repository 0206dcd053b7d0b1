-- takes: org_id int, from date, to date, starts date[]
-- gives: at int, total_sessions int, total_conversations int, total_messages int, total_documents_drafted int, total_queries int, total_shared_interactions int, new_users int?, ended_sessions int, session_seconds bigint, platform_breakdown jsonb
with platform as (
  select d.day - $1::date as at, d.platform, sum(d.sessions)::int as total_sessions, sum(d.conversations)::int as total_conversations, sum(d.user_messages + d.twin_messages)::int as total_messages, sum(d.documents)::int as total_documents_drafted, sum(d.queries)::int as total_queries, sum(d.shared_interactions)::int as total_shared_interactions,
    sum(d.ended_sessions)::int as ended_sessions, sum(d.session_seconds)::bigint as session_seconds
  from user_days d where d.org_id = (select $2::int) and d.day >= $1::date and d.day <= $3::date and d.platform = any($4) and (d.platform = any($5)) is not true and d.twin_id = $6 and (d.twin_id = any($7)) is not true and d.n in (select u.n from users u where u.org_id = (select $2::int) and (u.id = any($8)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($9) and (coalesce(nullif(u.department, ''), '(none)') = any($10)) is not true and u.company = $11 and (coalesce(nullif(u.company, ''), '(none)') = any($12)) is not true) group by 1, 2
)
select at, sum(total_sessions)::int as total_sessions, sum(total_conversations)::int as total_conversations, sum(total_messages)::int as total_messages, sum(total_documents_drafted)::int as total_documents_drafted, sum(total_queries)::int as total_queries, sum(total_shared_interactions)::int as total_shared_interactions, 0 as new_users,
  sum(ended_sessions)::int as ended_sessions, sum(session_seconds)::bigint as session_seconds,
  coalesce(jsonb_object_agg(platform, total_sessions) filter (where total_sessions > 0), '{}') as platform_breakdown
from platform group by at;
