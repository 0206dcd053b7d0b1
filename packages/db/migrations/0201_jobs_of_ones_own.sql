-- The queue's functions run with its owner's rights, so they look themselves at whose jobs these are. Whoever acts for an
-- organisation queues, sees and changes that one's alone; the system (organisation 0), sign-in and operators all.

-- Keys are `name`, or `name:organisation` with whatever else follows: a job of one's own can't take another's place either.
do $$
begin
  if to_regclass('graphile_worker._private_jobs') is not null then
    update graphile_worker._private_jobs
    set key = 'export:' || (payload ->> 'org_id') || ':' || (payload ->> 'export_id')
    where key ~ '^export:[0-9a-f-]{36}$' and payload ->> 'org_id' is not null;
    update graphile_worker._private_jobs set key = 'demo-fill:' || (payload ->> 'org_id') where key ~ '^demo:fill:\d+$';
  end if;
end $$;

create or replace function enqueue_job(
  task text,
  payload json,
  job_key text default null,
  run_at timestamptz default null,
  max_attempts int default 25,
  priority int default 0
) returns bigint language plpgsql security definer set search_path = '' as $$
declare
  acting constant text := current_setting('role');
  mine constant text := coalesce(public.app_org()::text, 'none');
  named constant text := enqueue_job.payload ->> 'org_id';
  queued bigint;
begin
  if acting = 'twin_app' or acting = 'twin_worker' and mine <> '0' then
    -- The API queues no job that is of no organisation.
    if named <> mine or named is null and acting = 'twin_app' then
      raise exception 'organisation % may not queue a job of organisation %', mine, coalesce(named, 'none')
        using errcode = 'insufficient_privilege';
    end if;
    if split_part(enqueue_job.job_key, ':', 2) <> coalesce(named, '') then
      raise exception 'the key % is none of a job of organisation %', enqueue_job.job_key, coalesce(named, 'none')
        using errcode = 'insufficient_privilege';
    end if;
  end if;
  select job.id into queued
  from graphile_worker.add_job(
    identifier := enqueue_job.task,
    payload := enqueue_job.payload,
    run_at := enqueue_job.run_at,
    max_attempts := enqueue_job.max_attempts,
    job_key := enqueue_job.job_key,
    priority := enqueue_job.priority,
    job_key_mode := 'replace'
  ) as job;
  return queued;
end $$;

create or replace function queue_status(org int) returns table (queued int, waiting int, running int, failed int, oldest_seconds float8)
language plpgsql stable security definer set search_path = '' as $$
begin
  if coalesce(public.app_org(), 0) <> 0 and org is distinct from public.app_org() then
    raise exception 'organisation % may not see the jobs of organisation %', public.app_org(), coalesce(org::text, 'any')
      using errcode = 'insufficient_privilege';
  end if;
  return query
  select count(*) filter (where j.locked_at is null and j.attempts < j.max_attempts)::int,
    count(*) filter (where j.locked_at is null and j.attempts < j.max_attempts and j.run_at <= pg_catalog.now() + interval '10 seconds')::int,
    count(*) filter (where j.locked_at is not null)::int,
    count(*) filter (where j.locked_at is null and j.attempts >= j.max_attempts)::int,
    extract(epoch from pg_catalog.now() - min(j.run_at) filter (where j.locked_at is null and j.attempts < j.max_attempts and j.run_at <= pg_catalog.now()))::float8
  from graphile_worker._private_jobs j
  where org is null or j.payload ->> 'org_id' is null or j.payload ->> 'org_id' = org::text;
end $$;

create or replace function queued_jobs(wanted bigint default null) returns table (
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
  where (wanted is null or j.id = wanted)
    and (coalesce(public.app_org(), 0) = 0 or j.payload ->> 'org_id' = public.app_org()::text)
  order by j.run_at, j.id;
end $$;

create or replace function retry_job(wanted bigint) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  if not exists (select from public.queued_jobs(wanted)) then
    return false;
  end if;
  return exists (select from graphile_worker.reschedule_jobs(array[wanted], pg_catalog.now(), null, 0, null));
end $$;

create or replace function cancel_job(wanted bigint) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  if not exists (select from public.queued_jobs(wanted)) then
    return false;
  end if;
  return exists (select from graphile_worker.complete_jobs(array[wanted]));
end $$;
