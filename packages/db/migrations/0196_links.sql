-- Links that are used once: to create the first owner, to choose a password. id is the sha256 of the token.
create table auth.links (
  id text primary key,
  kind text not null check (kind in ('setup', 'password')),
  account_id uuid references auth.accounts on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  check ((kind = 'password') = (account_id is not null))
);
create index on auth.links (account_id) where account_id is not null;
create index on auth.links (expires_at);
grant select, insert, update, delete on auth.links to twin_auth;

-- Passwords of the demonstration are published: its accounts belong to it alone. Where one of them was made the owner of a
-- real organisation, it is so no longer; `twinctl org owner` names another.
alter table auth.accounts add column is_demo boolean not null default false;
update auth.accounts set is_demo = true
where email_key in ('owner@acme.example', 'analyst@acme.example', 'viewer@acme.example')
  and exists (
    select from auth.memberships m join auth.organizations o on o.id = m.org_id where m.account_id = accounts.id and o.is_demo
  );
delete from auth.memberships m using auth.accounts a, auth.organizations o
where a.id = m.account_id and o.id = m.org_id and a.is_demo and not o.is_demo;
update auth.sessions s set org_id = null from auth.accounts a
where a.id = s.user_id and a.is_demo and not exists (
  select from auth.memberships m where m.account_id = s.user_id and m.org_id = s.org_id
);
