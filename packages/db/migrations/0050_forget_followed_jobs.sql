-- A keyed job that runs while another of its key is queued loses its key and its further attempts: the other follows it.
-- Where its worker is killed then, nothing is left to do for it; given back, it would stand as failed for ever.
create or replace function release_dead_jobs() returns int language plpgsql security definer set search_path = '' as $$
declare
  dead text[];
begin
  select array_agg(distinct j.locked_by) into dead
  from graphile_worker._private_jobs j
  where j.locked_by is not null and j.locked_at < pg_catalog.clock_timestamp() - interval '2 seconds'
    and not exists (
      select from pg_catalog.pg_locks l
      where l.locktype = 'advisory' and l.granted and l.classid = pg_catalog.hashtext('twin: worker')::oid and l.objsubid = 2
        and l.objid = pg_catalog.hashtext(j.locked_by)::oid
        and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
    );
  if dead is null then
    return 0;
  end if;
  delete from graphile_worker._private_jobs j
  where j.locked_by = any (dead) and j.key is null and j.attempts >= j.max_attempts and j.last_error is null;
  perform graphile_worker.force_unlock_workers(dead);
  return cardinality(dead);
end $$;
