-- What people called and described things is read with a permission of its own. An organisation may give it to its viewers.
alter table auth.organizations add column viewer_titles boolean not null default false;

-- Analysts' logins count and compare, and see none of these words. The views keep their columns, so that queries go on.
create or replace view ai_twin_analytics.activities with (security_invoker = true) as
select id, user_id, twin_id, session_id, activity_type, '[hidden]'::text as action_description, started_at, ended_at,
  duration_seconds, platform, device_type, '{"metadata": "[hidden]"}'::jsonb as metadata
from activities;

create or replace view ai_twin_analytics.conversations with (security_invoker = true) as
select activity_id as id, activity_id, '[hidden]'::text as title, '[hidden]'::text as topic, message_count, total_tokens,
  created_at, updated_at
from conversations;

create or replace view ai_twin_analytics.documents with (security_invoker = true) as
select activity_id as id, activity_id, user_id, '[hidden]'::text as title, document_type, '[encrypted]'::text as content,
  word_count, character_count, created_at, updated_at, is_exported, exported_at, '{"metadata": "[hidden]"}'::jsonb as metadata
from documents;

create or replace view ai_twin_analytics.messages with (security_invoker = true) as
select id, conversation_id, sender_type, '[encrypted]'::text as content, token_count, created_at, edited_at, is_edited,
  '{"metadata": "[hidden]"}'::jsonb as metadata
from messages;

create or replace view ai_twin_analytics.queries with (security_invoker = true) as
select activity_id as id, activity_id, user_id, '[encrypted]'::text as query_text, query_type, results_count,
  '[encrypted]'::text as retrieved_info, '["[hidden]"]'::jsonb as sources, created_at
from queries;

create or replace view ai_twin_analytics.shared_twin_interactions with (security_invoker = true) as
select activity_id as id, activity_id, accessing_user_id, twin_owner_id, twin_id, '[hidden]'::text as interaction_purpose,
  '[encrypted]'::text as interaction_summary, was_helpful, created_at
from shared_twin_interactions;

create or replace view ai_twin_analytics.twins with (security_invoker = true) as
select id, user_id, analyst_token('twin', id) as name, '[hidden]'::text as description, is_shared, created_at, updated_at,
  last_trained_at, document_count, email_count
from twins;

revoke select (action_description, metadata) on activities from twin_analyst;
revoke select (title, topic) on conversations from twin_analyst;
revoke select (title, metadata) on documents from twin_analyst;
revoke select (metadata) on messages from twin_analyst;
revoke select (sources) on queries from twin_analyst;
revoke select (interaction_purpose) on shared_twin_interactions from twin_analyst;
revoke select (description) on twins from twin_analyst;
