-- Installations of which nobody said since when they stand: they begin with the first thing that their twin did on the
-- platform, and before that they have no beginning and are counted on no day. Every one that is stored was sent with a time.
alter table twin_installations alter column installed_at drop not null;
alter table twin_installations add column installed_at_known boolean not null default true;
alter table twin_installations add check (installed_at is not null or not installed_at_known);
create unique index twin_installations_undated on twin_installations (org_id, twin_id, platform, workspace_id)
  nulls not distinct where not installed_at_known;
