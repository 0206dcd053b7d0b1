-- What is held on a person, made for whoever answers their request: a zip in sealed chunks under a key of its own, because
-- api and worker share no disk. It goes with the person, when it was fetched, or after some days.
create table exports (
  org_id int not null,
  id uuid not null,
  user_id uuid not null,
  status text not null default 'queued' check (status in ('queued', 'ready', 'fetched', 'expired', 'failed')),
  requested_by text not null,
  requested_at timestamptz not null,
  ready_at timestamptz,
  claimed_at timestamptz,
  fetched_at timestamptz,
  expires_at timestamptz not null,
  bytes bigint,
  wrapped bytea,
  primary key (org_id, id),
  foreign key (org_id, user_id) references users (org_id, id) on delete cascade
);
create index on exports (org_id, user_id, requested_at);
create index on exports (org_id, expires_at) where status in ('queued', 'ready');

create table export_chunks (
  org_id int not null,
  export_id uuid not null,
  seq int not null,
  sealed bytea not null,
  primary key (org_id, export_id, seq),
  foreign key (org_id, export_id) references exports (org_id, id) on delete cascade
);
select tenant_table('exports', 'select, insert, update', 'select, insert, update, delete');
select tenant_table('export_chunks', 'select, delete', 'select, insert, update, delete');
