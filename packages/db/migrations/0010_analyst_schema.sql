-- The thirteen tables of the schema document and its materialized view, by their names and columns, read-only, for a
-- login with the role twin_analyst. The views run with that login's rights: its policy takes the organisation from
-- auth.analyst_logins. Encrypted columns show '[encrypted]'; names and addresses are tokens, made from the id, so that
-- the role needs no right to the columns that hold them. What had no id of its own gets a stable one from its key.

create function analyst_token(prefix text, id uuid) returns text language sql immutable parallel safe as
$$ select prefix || '_' || right(id::text, 12) $$;

create function analyst_id(org_id int, kind text, key text) returns uuid language sql immutable parallel safe as
$$ select md5(org_id::text || '/' || kind || '/' || key)::uuid $$;

create view ai_twin_analytics.users with (security_invoker) as
  select id, analyst_token('user', id) || '@token.invalid' as email, analyst_token('user', id) as full_name, company, department,
    created_at, updated_at, last_active_at, is_active, timezone
  from public.users;

create view ai_twin_analytics.twins with (security_invoker) as
  select id, user_id, analyst_token('twin', id) as name, description, is_shared, created_at, updated_at, last_trained_at,
    document_count, email_count
  from public.twins;

-- The latest spell of each (twin, platform, workspace).
create view ai_twin_analytics.twin_installations with (security_invoker) as
  select distinct on (org_id, twin_id, platform, workspace_id)
    analyst_id(org_id, 'installation', twin_id::text || '/' || platform || '/' || coalesce(workspace_id, '')) as id,
    twin_id, platform, workspace_id, workspace_name, installed_at, uninstalled_at, is_active
  from public.twin_installations
  order by org_id, twin_id, platform, workspace_id, installed_at desc, id desc;

create view ai_twin_analytics.sessions with (security_invoker) as
  select id, user_id, twin_id, platform, device_type, started_at, ended_at, duration_seconds, interaction_count, ip_address, user_agent
  from public.sessions;

create view ai_twin_analytics.activities with (security_invoker) as
  select id, user_id, twin_id, session_id, activity_type, action_description, started_at, ended_at, duration_seconds, platform,
    device_type, metadata
  from public.activities;

create view ai_twin_analytics.conversations with (security_invoker) as
  select activity_id as id, activity_id, title, topic, message_count, total_tokens, created_at, updated_at
  from public.conversations;

create view ai_twin_analytics.messages with (security_invoker) as
  select id, conversation_id, sender_type, '[encrypted]'::text as content, token_count, created_at, edited_at, is_edited, metadata
  from public.messages;

create view ai_twin_analytics.documents with (security_invoker) as
  select activity_id as id, activity_id, user_id, title, document_type, '[encrypted]'::text as content, word_count, character_count,
    created_at, updated_at, is_exported, exported_at, metadata
  from public.documents;

create view ai_twin_analytics.queries with (security_invoker) as
  select activity_id as id, activity_id, user_id, '[encrypted]'::text as query_text, query_type, results_count,
    '[encrypted]'::text as retrieved_info, sources, created_at
  from public.queries;

create view ai_twin_analytics.shared_twin_interactions with (security_invoker) as
  select activity_id as id, activity_id, accessing_user_id, twin_owner_id, twin_id, interaction_purpose,
    '[encrypted]'::text as interaction_summary, was_helpful, created_at
  from public.shared_twin_interactions;

create view ai_twin_analytics.daily_metrics with (security_invoker) as
  select analyst_id(org_id, 'day', to_char(metric_date, 'YYYY-MM-DD')) as id, metric_date, total_active_users, new_users, total_sessions,
    total_conversations, total_messages, total_documents_drafted, total_queries, total_shared_interactions,
    avg_session_duration_seconds, total_twin_installations, platform_breakdown, created_at, updated_at
  from public.daily_metrics;

-- user_id is null for a person who was erased: the number stays, the person doesn't.
create view ai_twin_analytics.user_retention with (security_invoker) as
  select analyst_id(r.org_id, 'retention', r.n::text) as id, u.id as user_id, r.cohort_date, r.day_1_active, r.day_7_active,
    r.day_30_active, r.total_sessions, r.last_calculated_at
  from public.user_retention r
  left join public.users u on u.org_id = r.org_id and u.n = r.n;

create view ai_twin_analytics.feature_usage with (security_invoker) as
  select analyst_id(f.org_id, 'feature', to_char(f.usage_date, 'YYYY-MM-DD') || '/' || f.n || '/' || f.feature_name) as id,
    u.id as user_id, f.feature_name, f.usage_date, f.usage_count, f.last_used_at
  from public.feature_usage f
  left join public.users u on u.org_id = f.org_id and u.n = f.n;

-- The materialized view has no row-level security: this stands in front of it and takes the analyst's organisation.
set local role twin_reader;
create view monthly_user_stats_of_analyst with (security_barrier) as
  select org_id, n, month, session_count, activity_count, avg_duration
  from mv_monthly_user_stats where org_id = (select analyst_org());
grant select on monthly_user_stats_of_analyst to twin_analyst;
set local role twin_owner;

create view ai_twin_analytics.mv_monthly_user_stats with (security_invoker) as
  select u.id as user_id, s.month::timestamp at time zone o.time_zone as month, s.session_count, s.activity_count, s.avg_duration
  from public.monthly_user_stats_of_analyst s
  join public.organizations o on o.id = s.org_id
  left join public.users u on u.org_id = s.org_id and u.n = s.n;

do $$
declare
  relation regclass;
begin
  for relation in select oid from pg_class where relnamespace = 'ai_twin_analytics'::regnamespace and relkind = 'v' loop
    execute format('grant select on %s to twin_analyst', relation);
  end loop;
end $$;
