-- What the owner of an account sees of it: when its password was changed, and where it is signed in.
alter table auth.accounts add column password_changed_at timestamptz;
-- To five minutes: a request that comes later than that moves it.
alter table auth.sessions add column last_seen_at timestamptz not null default now();
