-- What everything else stands on: extensions, schemas, the tenant of a transaction, time in ids, and the one way to
-- make a table a tenant's. The runner has created the roles and runs every file as twin_owner.

create extension if not exists "uuid-ossp";
create extension if not exists pg_trgm;

create schema auth;
create schema ai_twin_analytics;

grant usage on schema public to twin_app, twin_worker, twin_analyst, twin_reader;
grant usage on schema ops to twin_app, twin_worker;
grant usage on schema auth to twin_auth;
grant usage on schema ai_twin_analytics to twin_analyst;
-- twin_auth queues jobs (an invitation's mail) through enqueue_job and sees nothing else here.
grant usage on schema public to twin_auth;

-- The organisation of this transaction. Unset means null, and null means no row.
create function app_org() returns int language sql stable parallel safe as
$$ select nullif(current_setting('app.org_id', true), '')::int $$;

-- The event time in a version 7 uuid, to the millisecond.
create function uuid_time(u uuid) returns timestamptz language sql immutable strict parallel safe as
$$ select timestamptz 'epoch' + ('x0000' || replace(left(u::text, 13), '-', ''))::bit(64)::bigint * interval '1 millisecond' $$;

-- The smallest uuid of a millisecond: ids of [from, to) are id >= uuid_floor(from) and id < uuid_floor(to).
create function uuid_floor(t timestamptz) returns uuid language sql immutable strict parallel safe as
$$ select (lpad(to_hex(floor(extract(epoch from t) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$;

-- Row-level security, policies and grants of a tenant table. No table gets them in another way, so none can forget one.
--   app, worker: privileges of the two application roles ('' for none)
--   analyst: columns that an analyst's login may select; reader: columns that twin_reader may select over all organisations
-- The tenant policy names its roles: an analyst, who types SQL and could set app.org_id, must not come in through it.
create function tenant_table(
  relation regclass,
  app text,
  worker text,
  analyst text default null,
  reader text default null,
  key text default 'org_id'
) returns void language plpgsql set search_path = public, pg_temp as $$
begin
  execute format('alter table %s enable row level security', relation);
  execute format('alter table %s force row level security', relation);
  execute format(
    'create policy tenant on %s to twin_owner, twin_app, twin_worker using (%I = app_org()) with check (%2$I = app_org())',
    relation, key);
  if app <> '' then
    execute format('grant %s on %s to twin_app', app, relation);
  end if;
  if worker <> '' then
    execute format('grant %s on %s to twin_worker', worker, relation);
  end if;
  if analyst is not null then
    execute format('create policy analyst on %s for select to twin_analyst using (%I = (select analyst_org()))', relation, key);
    execute format('grant select (%s) on %s to twin_analyst', analyst, relation);
  end if;
  if reader is not null then
    execute format('create policy reader on %s for select to twin_reader using (true)', relation);
    execute format('grant select (%s) on %s to twin_reader', reader, relation);
  end if;
end $$;
revoke execute on function tenant_table from public;

-- Queues a job in the caller's transaction: rolled back with it, visible to the worker only once it is committed.
-- With a job_key a job that still waits is replaced, and one that already runs is kept and followed by another.
-- The queue's own tables have row-level security without a policy; only their owner, the definer, gets through.
create function enqueue_job(
  task text,
  payload json,
  job_key text default null,
  run_at timestamptz default null,
  max_attempts int default 25,
  priority int default 0
) returns bigint language plpgsql security definer set search_path = '' as $$
declare
  queued bigint;
begin
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
revoke execute on function enqueue_job from public;
grant execute on function enqueue_job to twin_app, twin_worker, twin_auth;
