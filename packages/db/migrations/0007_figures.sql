-- The chain of aggregates, each with one source, keyed by a person's number and never by the person. Kept for ever.

-- The finest fact. twin_id is the zero uuid where there was no twin; n = 0 is an erased author, who counts in totals
-- and is never an active user.
create table user_days (
  org_id int not null,
  day date not null,
  n int not null,
  twin_id uuid not null default '00000000-0000-0000-0000-000000000000',
  platform text not null,
  sessions int not null default 0,
  ended_sessions int not null default 0,
  session_seconds bigint not null default 0,
  conversations int not null default 0,
  query_activities int not null default 0,
  document_activities int not null default 0,
  shared_activities int not null default 0,
  timed_activities int not null default 0,
  activity_seconds bigint not null default 0,
  user_messages int not null default 0,
  twin_messages int not null default 0,
  tokens bigint not null default 0,
  documents int not null default 0,
  queries int not null default 0,
  shared_interactions int not null default 0,
  helpful_yes int not null default 0,
  helpful_no int not null default 0,
  primary key (org_id, day, n, twin_id, platform)
);
create index on user_days (org_id, n, day);

create table feature_usage (
  org_id int not null,
  usage_date date not null,
  n int not null,
  feature_name text not null,
  usage_count int not null default 1,
  last_used_at timestamptz not null,
  primary key (org_id, usage_date, n, feature_name)
);
create index on feature_usage (org_id, n, usage_date);
create index on feature_usage (org_id, feature_name, usage_date);

-- Activities by local hour; a day on which the clocks change holds its hours by their names.
create table activity_hours (
  org_id int not null,
  day date not null,
  platform text not null,
  hours int[] not null check (cardinality(hours) = 24),
  primary key (org_id, day, platform)
);

-- One bit a user: bit n % 2048 of lane n / 2048. kinds: active, first, active:<platform>, used:<feature_name>.
create table day_users (
  org_id int not null,
  kind text not null,
  day date not null,
  lane int not null,
  bits bit(2048) not null,
  primary key (org_id, kind, day, lane)
);

create table daily_metrics (
  org_id int not null,
  metric_date date not null,
  total_active_users int not null default 0,
  new_users int not null default 0,
  total_sessions int not null default 0,
  total_conversations int not null default 0,
  total_messages int not null default 0,
  total_documents_drafted int not null default 0,
  total_queries int not null default 0,
  total_shared_interactions int not null default 0,
  avg_session_duration_seconds int not null default 0,
  total_twin_installations int not null default 0,
  platform_breakdown jsonb not null default '{}',
  ended_sessions int not null default 0,
  session_seconds bigint not null default 0,
  last_record_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  job_run_id bigint,
  primary key (org_id, metric_date)
);

-- Null until the day has ended: a person younger than N days isn't lost.
create table user_retention (
  org_id int not null,
  n int not null,
  cohort_date date not null,
  day_1_active boolean,
  day_7_active boolean,
  day_30_active boolean,
  total_sessions int not null default 0,
  last_calculated_at timestamptz not null default now(),
  primary key (org_id, n)
);
create index on user_retention (org_id, cohort_date);

create table monthly_user_stats (
  org_id int not null,
  n int not null,
  month date not null check (extract(day from month) = 1),
  session_count int not null default 0,
  activity_count int not null default 0,
  duration_sum bigint not null default 0,
  duration_n int not null default 0,
  primary key (org_id, n, month)
);
create index on monthly_user_stats (org_id, month);

select tenant_table('user_days', 'select', 'select, insert, update, delete');
select tenant_table('feature_usage', 'select', 'select, insert, update, delete',
  analyst := 'org_id, usage_date, n, feature_name, usage_count, last_used_at');
select tenant_table('activity_hours', 'select', 'select, insert, update, delete');
select tenant_table('day_users', 'select', 'select, insert, update, delete');
select tenant_table('daily_metrics', 'select', 'select, insert, update, delete',
  analyst := 'org_id, metric_date, total_active_users, new_users, total_sessions, total_conversations, total_messages, total_documents_drafted, total_queries, total_shared_interactions, avg_session_duration_seconds, total_twin_installations, platform_breakdown, created_at, updated_at');
select tenant_table('user_retention', 'select', 'select, insert, update, delete',
  analyst := 'org_id, n, cohort_date, day_1_active, day_7_active, day_30_active, total_sessions, last_calculated_at');
select tenant_table('monthly_user_stats', 'select', 'select, insert, update, delete',
  reader := 'org_id, n, month, session_count, activity_count, duration_sum, duration_n');

-- What has to be computed anew. A plain table beside the queue, local and without row-level security: the rollup takes
-- its rows with delete … returning. n null: only the day's own numbers (new users, installations).
create table ops.dirty_log (
  seq bigint generated always as identity primary key,
  org_id int not null,
  day date not null,
  n int,
  received_at timestamptz not null default clock_timestamp()
);
create index on ops.dirty_log (org_id, day);
grant select, insert on ops.dirty_log to twin_app;
grant select, insert, update, delete on ops.dirty_log to twin_worker;

-- Materialized over the table, never over raw rows: a refresh after a purge would lose the months that were purged.
-- twin_reader owns it, because under FORCE the owner of the tables sees no row at a refresh.
set local role twin_reader;
create materialized view mv_monthly_user_stats as
  select org_id, n, month, session_count, activity_count,
    duration_sum::numeric / nullif(duration_n, 0) as avg_duration
  from monthly_user_stats;
create unique index on mv_monthly_user_stats (org_id, n, month);

-- Row-level security doesn't reach a materialized view, so nobody is granted it; these stand in front.
create view monthly_user_stats_of_tenant with (security_barrier) as
  select org_id, n, month, session_count, activity_count, avg_duration
  from mv_monthly_user_stats where org_id = app_org();
grant select on monthly_user_stats_of_tenant to twin_app, twin_worker;

create function refresh_monthly_user_stats() returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  refresh materialized view concurrently mv_monthly_user_stats;
end $$;
revoke execute on function refresh_monthly_user_stats from public;
grant execute on function refresh_monthly_user_stats to twin_worker;
set local role twin_owner;
