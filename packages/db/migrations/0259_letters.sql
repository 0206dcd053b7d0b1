-- A link or invitation that went by mail, and was shown to nobody else: who uses it has that address.
alter table auth.links add column mailed boolean not null default false;
alter table auth.invitations add column mailed boolean not null default false;
-- When the account answered a mail sent to its address.
alter table auth.accounts add column verified_at timestamptz;
