-- The dirty log is what is to be done; a job is only who does it. So a transaction that appends marks queues a job where
-- none waits or runs, and else leaves the queue alone: to write to the waiting job's row would let all transactions of
-- the organisation wait for each other. A running job may have looked at the log before these marks were committed, and
-- end: every second workers ask for organisations that have marks and no job.

create function enqueue_rollup() returns void language plpgsql security definer set search_path = '' as $$
declare
  org constant int := public.app_org();
begin
  if exists (
    select from graphile_worker._private_jobs j
    where j.key = 'rollup:' || org and (j.locked_at is not null or j.attempts < j.max_attempts)
  ) then
    return;
  end if;
  perform public.enqueue_job('metrics/rollup', pg_catalog.json_build_object('org_id', org), 'rollup:' || org);
end $$;
revoke execute on function enqueue_rollup from public;
grant execute on function enqueue_rollup to twin_app, twin_worker;

-- A rollup that was given up stays so, until something is marked again.
create function enqueue_missed_rollups() returns int language plpgsql security definer set search_path = '' as $$
declare
  org int;
  missed int := 0;
begin
  for org in
    with recursive marked as (
      (select l.org_id from ops.dirty_log l order by l.org_id limit 1)
      union all
      select (select l.org_id from ops.dirty_log l where l.org_id > m.org_id order by l.org_id limit 1)
      from marked m where m.org_id is not null
    )
    select m.org_id from marked m
    where m.org_id is not null
      and not exists (select from graphile_worker._private_jobs j where j.key = 'rollup:' || m.org_id)
  loop
    perform public.enqueue_job('metrics/rollup', pg_catalog.json_build_object('org_id', org), 'rollup:' || org);
    missed := missed + 1;
  end loop;
  return missed;
end $$;
revoke execute on function enqueue_missed_rollups from public;
grant execute on function enqueue_missed_rollups to twin_worker;

-- Whether a due job waits for a worker.
create function jobs_wait() returns boolean language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from graphile_worker._private_jobs j where j.is_available and j.run_at <= pg_catalog.now());
end $$;
revoke execute on function jobs_wait from public;
grant execute on function jobs_wait to twin_worker;
