-- Organisations, their people and twins, and how the outside names them.

create table organizations (
  id int primary key,
  name text not null,
  time_zone text not null default 'UTC',
  sealed_from timestamptz,
  sealed_before timestamptz,
  history_from timestamptz not null default '2000-01-01 00:00:00+00',
  truncate_ip boolean not null default true,
  search_enabled boolean not null default true,
  figures_at timestamptz,
  created_at timestamptz not null default now(),
  check ((sealed_from is null) = (sealed_before is null)),
  check (sealed_from <= sealed_before)
);

-- Apart from organizations, whose row every ingest holds FOR SHARE: numbering people must not wait for it.
create table org_counters (
  org_id int primary key references organizations on delete cascade,
  last_user_n int not null default 0
);

-- n: dense per organisation and never reused; facts and bitsets know a person by nothing else.
create table users (
  org_id int not null references organizations on delete cascade,
  id uuid not null,
  n int not null check (n > 0),
  email text not null,
  email_key text not null,
  full_name text not null,
  company text,
  department text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  last_active_at timestamptz,
  is_active boolean not null default true,
  timezone text not null default 'UTC',
  first_day date,
  deleted_at timestamptz,
  field_revisions jsonb not null default '{}',
  primary key (org_id, id),
  unique (org_id, n),
  unique (org_id, email_key),
  check (email_key = lower(email))
) with (fillfactor = 85);
create index on users (org_id, company) where company is not null;
create index on users (org_id, last_active_at desc nulls last);
create index on users (org_id, created_at);
create index on users (org_id, deleted_at) where deleted_at is not null;

-- user_id null: the owner was erased and others had used the twin ("Deleted twin").
create table twins (
  org_id int not null,
  id uuid not null,
  user_id uuid,
  name text not null,
  description text,
  is_shared boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  last_trained_at timestamptz,
  document_count int not null default 0,
  email_count int not null default 0,
  revised_at timestamptz,
  primary key (org_id, id),
  foreign key (org_id, user_id) references users on delete set null (user_id)
);
create index on twins (org_id, user_id);
create index on twins (org_id, id) where is_shared;

-- One row a spell: installed again after a removal is another row.
create table twin_installations (
  org_id int not null,
  id uuid not null,
  twin_id uuid not null,
  platform text not null,
  workspace_id text,
  workspace_name text,
  installed_at timestamptz not null,
  uninstalled_at timestamptz,
  is_active boolean not null generated always as (uninstalled_at is null) stored,
  revised_at timestamptz,
  primary key (org_id, id),
  unique nulls not distinct (org_id, twin_id, platform, workspace_id, installed_at),
  foreign key (org_id, twin_id) references twins on delete cascade,
  check (uninstalled_at >= installed_at)
);
create unique index twin_installations_open_spell on twin_installations (org_id, twin_id, platform, workspace_id)
  nulls not distinct where uninstalled_at is null;
create index on twin_installations (org_id, platform, installed_at);
create index on twin_installations (org_id, workspace_id) where workspace_id is not null;
create index on twin_installations (org_id, installed_at);

-- key_hash: sha256 of the sender's id, so that an erased person leaves no name here.
create table external_ids (
  org_id int not null,
  kind text not null check (kind in ('user', 'twin', 'session', 'activity', 'feature')),
  source text not null,
  key_hash bytea not null,
  id uuid not null,
  primary key (org_id, kind, source, key_hash)
);
create index on external_ids (org_id, id);

create table tombstones (
  org_id int not null,
  key_hash bytea not null,
  erased_at timestamptz not null default now(),
  primary key (org_id, key_hash)
);

create table user_keys (
  org_id int not null,
  user_id uuid not null,
  version int not null default 1,
  wrapped bytea not null,
  created_at timestamptz not null default now(),
  primary key (org_id, user_id, version),
  foreign key (org_id, user_id) references users on delete cascade
);

create table org_keys (
  org_id int not null,
  purpose text not null,
  wrapped bytea not null,
  created_at timestamptz not null default now(),
  primary key (org_id, purpose)
);

select tenant_table('organizations', 'select, update', 'select, insert, update, delete', analyst := 'id, time_zone', key := 'id');
select tenant_table('org_counters', 'select, insert, update', 'select, insert, update, delete');
select tenant_table('users', 'select, insert, update', 'select, insert, update, delete',
  analyst := 'org_id, id, n, company, department, created_at, updated_at, last_active_at, is_active, timezone');
select tenant_table('twins', 'select, insert, update', 'select, insert, update, delete',
  analyst := 'org_id, id, user_id, description, is_shared, created_at, updated_at, last_trained_at, document_count, email_count');
select tenant_table('twin_installations', 'select, insert, update', 'select, insert, update, delete',
  analyst := 'org_id, id, twin_id, platform, workspace_id, workspace_name, installed_at, uninstalled_at, is_active');
select tenant_table('external_ids', 'select, insert', 'select, insert, update, delete');
select tenant_table('tombstones', 'select, insert, delete', 'select, insert, update, delete');
select tenant_table('user_keys', 'select, insert, update', 'select, insert, update, delete');
select tenant_table('org_keys', 'select, insert, update', 'select, insert, update, delete');
