-- How long each kind of data is kept, what must not go however old it is, and what each run did.

-- No row: the default. A shorter time waits in pending_… until pending_from; from then on it is the policy, whether or not
-- anyone has moved it into keep_….
create table retention_policies (
  org_id int not null references organizations on delete cascade,
  data_type text not null check (data_type in ('activities', 'messages', 'sessions', 'deleted_users')),
  keep_count int not null check (keep_count > 0),
  keep_unit text not null check (keep_unit in ('day', 'month', 'year')),
  pending_count int check (pending_count > 0),
  pending_unit text check (pending_unit in ('day', 'month', 'year')),
  pending_from timestamptz,
  changed_at timestamptz not null,
  changed_by text not null,
  primary key (org_id, data_type),
  check ((pending_count is null) = (pending_from is null) and (pending_unit is null) = (pending_from is null))
);

-- user_id null: everything of the organisation. No key to users: who was held and isn't any more may be erased.
create table legal_holds (
  org_id int not null references organizations on delete cascade,
  id uuid not null,
  user_id uuid,
  reason text not null,
  placed_at timestamptz not null,
  placed_by text not null,
  lifted_at timestamptz,
  lifted_by text,
  primary key (org_id, id),
  check ((lifted_at is null) = (lifted_by is null))
);
create index on legal_holds (org_id, user_id) where lifted_at is null;

create sequence lifecycle_run_ids;
grant usage on sequence lifecycle_run_ids to twin_app, twin_worker;

-- The receipt of one kind of data in one run. row_counts: table -> rows that went, added up in the transactions that
-- deleted them; nothing is written where nothing was due.
create table lifecycle_runs (
  org_id int not null references organizations on delete cascade,
  id bigint not null default nextval('lifecycle_run_ids'),
  data_type text not null check (data_type in ('activities', 'messages', 'sessions', 'deleted_users')),
  cut timestamptz,
  status text not null check (status in ('running', 'done', 'stopped', 'failed', 'refused')),
  reason text,
  started_at timestamptz not null,
  finished_at timestamptz,
  row_counts jsonb not null default '{}',
  bytes bigint not null default 0,
  details jsonb not null default '{}',
  primary key (org_id, id),
  check ((status = 'running') = (finished_at is null))
);
create index on lifecycle_runs (org_id, data_type, id);
create unique index lifecycle_runs_running on lifecycle_runs (org_id, data_type) where status = 'running';

-- Activities before it, in sealed days, may be gone: their months' stats stay as they are.
alter table organizations add column purged_before timestamptz;

select tenant_table('retention_policies', 'select, insert, update', 'select, insert, update, delete');
select tenant_table('legal_holds', 'select, insert, update', 'select, insert, update, delete');
select tenant_table('lifecycle_runs', 'select', 'select, insert, update, delete');
