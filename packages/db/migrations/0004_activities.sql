-- What happened. An id carries its row's event time, so the id is the time axis: partitions, order and range are by id.
-- Details hang on their activity's id and lie in the month of it; messages lie in the month of their conversation.
-- session_id is a value without a key (the purge of sessions must not touch activities), and so is twin_id, which the
-- writing statement checks by a join.

create table sessions (
  org_id int not null,
  id uuid not null,
  user_id uuid not null,
  twin_id uuid,
  platform text not null,
  device_type text,
  started_at timestamptz not null,
  ended_at timestamptz,
  duration_seconds int generated always as (floor(extract(epoch from ended_at - started_at))) stored,
  interaction_count int not null default 0,
  ip_address inet,
  user_agent text,
  is_derived boolean not null default false,
  revised_at timestamptz,
  primary key (org_id, id),
  foreign key (org_id, user_id) references users on delete cascade,
  constraint sessions_id_is_time check (uuid_time(id) = started_at),
  constraint sessions_end check (ended_at >= started_at)
) partition by range (id);
create index on sessions (org_id, user_id, id);
create index on sessions (org_id, twin_id, id) where twin_id is not null;
create index on sessions (org_id, platform, id);

-- session_named: the sender said which session; the derivation of sessions leaves such a row alone.
create table activities (
  org_id int not null,
  id uuid not null,
  user_id uuid not null,
  twin_id uuid not null,
  session_id uuid,
  session_named boolean not null default false,
  activity_type text not null,
  action_description text,
  started_at timestamptz not null,
  ended_at timestamptz,
  duration_seconds int generated always as (floor(extract(epoch from ended_at - started_at))) stored,
  platform text not null,
  device_type text,
  metadata jsonb,
  revised_at timestamptz,
  primary key (org_id, id),
  foreign key (org_id, user_id) references users on delete cascade,
  constraint activities_id_is_time check (uuid_time(id) = started_at),
  constraint activities_type check (activity_type in ('conversation', 'query', 'document', 'shared')),
  constraint activities_end check (ended_at >= started_at)
) partition by range (id);
create index on activities (org_id, user_id, id);
create index on activities (org_id, activity_type, id);
create index on activities (org_id, twin_id, id);
create index on activities (org_id, platform, id);
create index on activities (org_id, session_id) where session_id is not null;

create table conversations (
  org_id int not null,
  activity_id uuid not null,
  title text,
  topic text,
  message_count int not null default 0,
  total_tokens int not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  summary bytea,
  summarised_at timestamptz,
  primary key (org_id, activity_id)
) partition by range (activity_id);
create index on conversations (org_id, topic, activity_id) where topic is not null;

create table documents (
  org_id int not null,
  activity_id uuid not null,
  user_id uuid not null,
  title text not null default '',
  document_type text,
  content bytea,
  word_count int,
  character_count int,
  created_at timestamptz not null,
  updated_at timestamptz not null default now(),
  is_exported boolean not null generated always as (exported_at is not null) stored,
  exported_at timestamptz,
  metadata jsonb,
  search tsvector,
  primary key (org_id, activity_id)
) partition by range (activity_id);
create index on documents (org_id, user_id, created_at);
create index on documents (org_id, document_type, created_at);
create index on documents (org_id, created_at);
create index on documents using gin (search);

create table queries (
  org_id int not null,
  activity_id uuid not null,
  user_id uuid not null,
  query_text bytea,
  query_type text,
  results_count int not null default 0,
  retrieved_info bytea,
  sources jsonb,
  created_at timestamptz not null,
  search tsvector,
  primary key (org_id, activity_id)
) partition by range (activity_id);
create index on queries (org_id, user_id, created_at);
create index on queries (org_id, query_type, created_at);
create index on queries (org_id, created_at);
create index on queries using gin (search);

-- twin_owner_id null: the owner was erased.
create table shared_twin_interactions (
  org_id int not null,
  activity_id uuid not null,
  accessing_user_id uuid not null,
  twin_owner_id uuid,
  twin_id uuid not null,
  interaction_purpose text,
  interaction_summary bytea,
  was_helpful boolean,
  created_at timestamptz not null,
  primary key (org_id, activity_id)
) partition by range (activity_id);
create index on shared_twin_interactions (org_id, accessing_user_id, created_at);
create index on shared_twin_interactions (org_id, twin_owner_id, created_at);
create index on shared_twin_interactions (org_id, twin_id, created_at);
create index on shared_twin_interactions (org_id, created_at);

-- user_id: the author where a person wrote, the activity's user where the twin did, null once the author is erased.
-- The order within a conversation is (created_at, seq, id). content null: not recorded, or erased.
create table messages (
  org_id int not null,
  conversation_id uuid not null,
  id uuid not null,
  user_id uuid,
  sender_type text not null,
  content bytea,
  token_count int,
  seq int,
  created_at timestamptz not null,
  edited_at timestamptz,
  is_edited boolean not null generated always as (edited_at is not null) stored,
  metadata jsonb,
  revised_at timestamptz,
  primary key (org_id, conversation_id, id),
  constraint messages_id_is_time check (uuid_time(id) = created_at),
  constraint messages_sender check (sender_type in ('user', 'twin'))
) partition by range (conversation_id);
create index on messages (org_id, id);
create index on messages (org_id, user_id, id);

create table feature_events (
  org_id int not null,
  id uuid not null,
  user_id uuid not null,
  feature_name text not null,
  used_at timestamptz not null,
  count int not null default 1,
  revised_at timestamptz,
  primary key (org_id, id),
  foreign key (org_id, user_id) references users on delete cascade,
  constraint feature_events_id_is_time check (uuid_time(id) = used_at),
  constraint feature_events_count check (count > 0)
) partition by range (id);
create index on feature_events (org_id, user_id, id);

select tenant_table('sessions', 'select, insert, update', 'select, insert, update, delete',
  analyst := 'org_id, id, user_id, twin_id, platform, device_type, started_at, ended_at, duration_seconds, interaction_count, ip_address, user_agent');
select tenant_table('activities', 'select, insert, update', 'select, insert, update, delete',
  analyst := 'org_id, id, user_id, twin_id, session_id, activity_type, action_description, started_at, ended_at, duration_seconds, platform, device_type, metadata');
select tenant_table('conversations', 'select, insert, update', 'select, insert, update, delete',
  analyst := 'org_id, activity_id, title, topic, message_count, total_tokens, created_at, updated_at');
select tenant_table('documents', 'select, insert, update', 'select, insert, update, delete',
  analyst := 'org_id, activity_id, user_id, title, document_type, word_count, character_count, created_at, updated_at, is_exported, exported_at, metadata',
  reader := 'org_id, activity_id, search');
select tenant_table('queries', 'select, insert, update', 'select, insert, update, delete',
  analyst := 'org_id, activity_id, user_id, query_type, results_count, sources, created_at',
  reader := 'org_id, activity_id, search');
select tenant_table('shared_twin_interactions', 'select, insert, update', 'select, insert, update, delete',
  analyst := 'org_id, activity_id, accessing_user_id, twin_owner_id, twin_id, interaction_purpose, was_helpful, created_at');
select tenant_table('messages', 'select, insert, update', 'select, insert, update, delete',
  analyst := 'org_id, conversation_id, id, sender_type, token_count, created_at, edited_at, is_edited, metadata');
select tenant_table('feature_events', 'select, insert, update', 'select, insert, update, delete');
