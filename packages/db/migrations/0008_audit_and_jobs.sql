-- What was done, by whom, and what ran. Ids come from named sequences: an identity column can't be distributed.

create sequence audit_log_ids;
create sequence job_run_ids;
grant usage on sequence audit_log_ids, job_run_ids to twin_app, twin_worker;

create table audit_log (
  org_id int not null,
  id bigint not null default nextval('audit_log_ids'),
  at timestamptz not null default clock_timestamp(),
  actor_kind text not null check (actor_kind in ('member', 'service', 'system')),
  actor_id text not null,
  actor_name text not null,
  action text not null,
  object_type text,
  object_id text,
  reason text,
  request_id text,
  ip inet,
  details jsonb not null default '{}',
  primary key (org_id, id)
);
create index on audit_log (org_id, at);
create index on audit_log (org_id, object_type, object_id);

create table audit_seals (
  org_id int not null,
  upto_id bigint not null,
  at timestamptz not null default clock_timestamp(),
  row_count bigint not null,
  previous_hash bytea,
  hash bytea not null,
  primary key (org_id, upto_id)
);

-- org_id 0: the system's own. The queue forgets a finished job; this doesn't.
create table job_runs (
  org_id int not null,
  id bigint not null default nextval('job_run_ids'),
  task text not null,
  job_key text,
  payload jsonb not null default '{}',
  status text not null default 'running' check (status in ('running', 'done', 'failed', 'cancelled')),
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  attempt int not null default 1,
  rows bigint,
  progress jsonb,
  error text,
  primary key (org_id, id)
);
create index on job_runs (org_id, started_at);
create index on job_runs (org_id, task, started_at);
create index on job_runs (org_id, id) where status = 'running';

-- INSERT and SELECT only, for every role of the application.
select tenant_table('audit_log', 'select, insert', 'select, insert');
select tenant_table('audit_seals', 'select', 'select, insert');
select tenant_table('job_runs', 'select, insert, update', 'select, insert, update, delete');
