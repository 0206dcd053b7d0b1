-- Backfills: figures of past days computed anew. State lies in tables, so that a killed one goes on where it stood:
-- a chunk's figures, its changes and its mark as done are one transaction.

create sequence backfill_ids;
grant usage on sequence backfill_ids to twin_app, twin_worker;

-- moved_at: when it last began, went on or finished a chunk; time between is counted in seconds of the chunk, pauses aren't.
create table backfills (
  org_id int not null,
  id bigint not null default nextval('backfill_ids'),
  what text not null check (what in ('metrics', 'retention', 'monthly')),
  from_day date not null,
  to_day date not null check (to_day >= from_day),
  status text not null default 'queued' check (status in ('queued', 'running', 'done', 'cancelled', 'failed')),
  started_by text not null,
  created_at timestamptz not null,
  moved_at timestamptz not null,
  finished_at timestamptz,
  error text,
  primary key (org_id, id)
);
create index on backfills (org_id, from_day, to_day) where status in ('queued', 'running');

-- raw_rows: counted when it was planned. seconds, person_days, days_skipped (sealed since), changes: null until it is done.
create table backfill_chunks (
  org_id int not null,
  backfill_id bigint not null,
  chunk int not null,
  from_day date not null,
  to_day date not null check (to_day >= from_day),
  raw_rows bigint not null,
  done_at timestamptz,
  seconds float8,
  person_days int,
  days_skipped int,
  changes int,
  job_run_id bigint,
  primary key (org_id, backfill_id, chunk),
  foreign key (org_id, backfill_id) references backfills on delete cascade
);

-- What a backfill changed. daily_metrics: the value before and after. Tables with several rows a day: in how many of
-- them the column changed, and their sums before and after.
create table backfill_changes (
  org_id int not null,
  backfill_id bigint not null,
  chunk int not null,
  day date not null,
  table_name text not null,
  column_name text not null,
  row_count int not null,
  before jsonb,
  after jsonb,
  primary key (org_id, backfill_id, chunk, day, table_name, column_name),
  foreign key (org_id, backfill_id, chunk) references backfill_chunks on delete cascade
);

select tenant_table('backfills', 'select, insert, update', 'select, insert, update, delete');
select tenant_table('backfill_chunks', 'select, insert', 'select, insert, update, delete');
select tenant_table('backfill_changes', 'select', 'select, insert, delete');
