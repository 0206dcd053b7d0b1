-- takes: org_id int, from date, to date
-- gives: at int, total_sessions int, total_conversations int, total_messages int, total_documents_drafted int, total_queries int, total_shared_interactions int, new_users int?, ended_sessions int, session_seconds bigint, platform_breakdown jsonb
with kept as materialized (
  select metric_date - $1::date as at, d.* from daily_metrics d
  where d.org_id = (select $2::int) and d.metric_date >= $1::date and d.metric_date <= $3::date
),
platform as (
  select p.at, jsonb_object_agg(p.platform, p.sessions) as platform_breakdown from (
    select b.at, e.key as platform, sum(e.value::int)::int as sessions
    from kept b cross join lateral jsonb_each_text(b.platform_breakdown) e group by b.at, e.key
  ) p group by p.at
),
summed as (
  select at, sum(total_sessions)::int as total_sessions, sum(total_conversations)::int as total_conversations, sum(total_messages)::int as total_messages, sum(total_documents_drafted)::int as total_documents_drafted, sum(total_queries)::int as total_queries, sum(total_shared_interactions)::int as total_shared_interactions, sum(new_users)::int as new_users,
    sum(ended_sessions)::int as ended_sessions, sum(session_seconds)::bigint as session_seconds
  from kept group by at
)
select s.*, coalesce(p.platform_breakdown, '{}') as platform_breakdown from summed s left join platform p using (at);
