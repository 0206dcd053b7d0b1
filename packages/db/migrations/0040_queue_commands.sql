-- What an operator may do with the queue, which belongs to twin_owner alone. A job that runs is left to its worker.
-- plpgsql, because the queue's tables are made only after these files.

create function queued_jobs(wanted bigint default null) returns table (
  id bigint, task text, job_key text, org_id int, state text, attempts int, max_attempts int,
  run_at timestamptz, locked_at timestamptz, last_error text
)
language plpgsql stable security definer set search_path = '' as $$
begin
  return query
  select j.id, t.identifier, j.key, (j.payload ->> 'org_id')::int,
    case when j.locked_at is not null then 'running' when j.attempts >= j.max_attempts then 'failed' else 'waiting' end,
    j.attempts::int, j.max_attempts::int, j.run_at, j.locked_at, j.last_error
  from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
  where wanted is null or j.id = wanted
  order by j.run_at, j.id;
end $$;

-- Due at once, with all its attempts again. False where there is no such job, or it runs.
create function retry_job(wanted bigint) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  return exists (select from graphile_worker.reschedule_jobs(array[wanted], pg_catalog.now(), null, 0, null));
end $$;

-- Taken out of the queue. False where there is no such job, or it runs.
create function cancel_job(wanted bigint) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  return exists (select from graphile_worker.complete_jobs(array[wanted]));
end $$;

revoke execute on function queued_jobs, retry_job, cancel_job from public;
grant execute on function queued_jobs, retry_job, cancel_job to twin_worker;
