-- The audit as it is looked up: by who did it, and by what was done.
drop index audit_log_org_id_at_idx;
create index on audit_log (org_id, at, id);
create index on audit_log (org_id, actor_id, id);
create index on audit_log (org_id, action, id);

-- How verifications of the chain ended; the newest is shown.
create table audit_checks (
  org_id int not null,
  at timestamptz not null,
  rows bigint not null,
  seals bigint not null,
  problem text,
  primary key (org_id, at)
);
select tenant_table('audit_checks', 'select', 'select, insert, delete');
