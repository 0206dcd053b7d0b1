-- When new activities began, written with the marks of their days: the rollup adds them to what is stored by local hour
-- instead of counting the whole day again. Such marks say so; every other mark has the day counted anew. Instants, because
-- the zone may change before they are added.
create table ops.hour_changes (
  org_id int not null,
  at timestamptz not null,
  platform text not null,
  activities int not null
);
create index on ops.hour_changes (org_id, at);
grant insert, select on ops.hour_changes to twin_app;
grant insert, select, update, delete on ops.hour_changes to twin_worker;

alter table ops.dirty_log add column recount boolean not null default true;
