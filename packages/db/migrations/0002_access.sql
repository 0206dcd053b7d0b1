-- Who may come in, before a tenant is known. Only twin_auth sees this schema. No key leads from here to a tenant's
-- table or back, so that these can stay local when the tenants' tables are distributed.

create sequence organization_ids as int;
grant usage on sequence organization_ids to twin_auth;

create table auth.organizations (
  id int primary key,
  slug text not null unique check (slug ~ '^[a-z0-9-]{1,40}$'),
  name text not null,
  is_demo boolean not null default false,
  created_at timestamptz not null default now()
);

create table auth.accounts (
  id uuid primary key,
  email text not null,
  email_key text not null unique,
  full_name text not null,
  password_hash text,
  created_at timestamptz not null default now(),
  check (email_key = lower(email))
);

create table auth.memberships (
  account_id uuid not null references auth.accounts on delete cascade,
  org_id int not null references auth.organizations on delete cascade,
  role text not null check (role in ('owner', 'admin', 'analyst', 'viewer', 'ops')),
  content_read boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (account_id, org_id)
);
create index on auth.memberships (org_id);

-- id is the sha256 of the token: the table never holds a usable one.
create table auth.sessions (
  id text primary key,
  user_id uuid not null references auth.accounts on delete cascade,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  org_id int references auth.organizations on delete cascade,
  user_agent text,
  ip inet
);
create index on auth.sessions (user_id);
create index on auth.sessions (expires_at);

create table auth.api_keys (
  id text primary key,
  org_id int not null references auth.organizations on delete cascade,
  name text not null,
  source text not null,
  secret_hash bytea not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  rotated_from text references auth.api_keys on delete set null
);
create index on auth.api_keys (org_id);
create index on auth.api_keys (rotated_from) where rotated_from is not null;

-- Single use, bound to the address; id is the sha256 of the token.
create table auth.invitations (
  id text primary key,
  org_id int not null references auth.organizations on delete cascade,
  email text not null,
  email_key text not null check (email_key = lower(email)),
  role text not null check (role in ('owner', 'admin', 'analyst', 'viewer', 'ops')),
  content_read boolean not null default false,
  invited_by uuid references auth.accounts on delete set null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz
);
create index on auth.invitations (org_id, email_key);

create table auth.rate_limits (
  key text primary key,
  points int not null default 0,
  expire bigint
);
create index on auth.rate_limits (expire);

-- Which organisation an analyst's database login sees.
create table auth.analyst_logins (
  login name primary key,
  org_id int not null references auth.organizations on delete cascade
);

grant select, insert, update, delete on
  auth.organizations, auth.accounts, auth.memberships, auth.sessions, auth.api_keys, auth.invitations,
  auth.rate_limits, auth.analyst_logins
to twin_auth;

-- Keyed by session_user, which no SQL that an analyst types can change.
create function analyst_org() returns int language sql stable security definer set search_path = '' as
$$ select org_id from auth.analyst_logins where login = session_user $$;
revoke execute on function analyst_org from public;
grant execute on function analyst_org to twin_analyst;
