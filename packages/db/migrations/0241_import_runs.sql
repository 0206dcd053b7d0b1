-- An import is a run, which can be taken back: what it made, and how far that went.
create sequence import_run_ids as int;
grant usage on sequence import_run_ids to twin_worker;

create table import_runs (
  org_id int not null,
  id int not null default nextval('import_run_ids'),
  command text not null,
  source text not null,
  status text not null default 'running' check (status in ('running', 'done', 'stopped', 'failed', 'undoing', 'undone')),
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  -- What its records came to; null until it ended.
  outcome jsonb,
  -- Rows by kind: that it made, and that were taken back.
  made jsonb not null default '{}',
  undone jsonb not null default '{}',
  primary key (org_id, id)
);
select tenant_table('import_runs', 'select', 'select, insert, update');

-- A line for each import that brought a row which only imports brought: as long as one other run has a line, the row stays.
-- Whoever else sends the row takes all lines of it. Messages are found by their conversation.
create table imported_rows (
  org_id int not null,
  run_id int not null,
  id uuid not null,
  conversation_id uuid,
  kind text not null check (kind in ('user', 'twin', 'installation', 'session', 'activity', 'message', 'feature')),
  primary key (org_id, id, run_id)
);
create index on imported_rows (org_id, run_id, kind, id);
select tenant_table('imported_rows', 'select, delete', 'select, insert, update, delete');
