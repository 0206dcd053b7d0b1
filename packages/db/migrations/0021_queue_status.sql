-- The queue's tables belong to twin_owner alone; these let others see how it stands and nothing of what is in it.

-- Counts of jobs: those that name no organisation, and those of `org` (null: of all).
-- waiting: due now or within the next ten seconds, so that a job that steps aside for another still counts.
create function queue_status(org int) returns table (queued int, waiting int, running int, failed int, oldest_seconds float8)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
  select count(*) filter (where j.locked_at is null and j.attempts < j.max_attempts)::int,
    count(*) filter (where j.locked_at is null and j.attempts < j.max_attempts and j.run_at <= pg_catalog.now() + interval '10 seconds')::int,
    count(*) filter (where j.locked_at is not null)::int,
    count(*) filter (where j.locked_at is null and j.attempts >= j.max_attempts)::int,
    extract(epoch from pg_catalog.now() - min(j.run_at) filter (where j.locked_at is null and j.attempts < j.max_attempts and j.run_at <= pg_catalog.now()))::float8
  from graphile_worker._private_jobs j
  where org is null or j.payload ->> 'org_id' is null or j.payload ->> 'org_id' = org::text;
end $$;
revoke execute on function queue_status from public;
grant execute on function queue_status to twin_app, twin_worker;

-- A worker pool lives as long as a connection of its own holds an advisory lock named after it.
create function living_workers() returns int language sql stable set search_path = pg_catalog as
$$ select count(distinct objid)::int from pg_locks
   where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
     and classid = hashtext('twin: worker')::oid and objsubid = 2 $$;

-- Gives the jobs of dead pools back to the living. A pool that has just started may not hold its lock yet: jobs taken
-- within the last two seconds are left alone.
create function release_dead_jobs() returns int language plpgsql security definer set search_path = '' as $$
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
  perform graphile_worker.force_unlock_workers(dead);
  return cardinality(dead);
end $$;
revoke execute on function release_dead_jobs from public;
grant execute on function release_dead_jobs to twin_worker;
