-- What an owner grants to one member by name, and members who may not come in for now: their place is kept.
alter table auth.memberships add column titles_read boolean not null default false;
alter table auth.memberships add column deactivated_at timestamptz;
alter table auth.invitations add column titles_read boolean not null default false;

-- One open invitation an address: a new one ends the one before.
create unique index invitations_open on auth.invitations (org_id, email_key) where accepted_at is null and revoked_at is null;
