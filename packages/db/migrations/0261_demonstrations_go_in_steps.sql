-- From the removal on nothing is stored in a demonstration: batches and runs of policies that come later are refused.
alter table organizations add column closed_at timestamptz;
-- Its history is whole. A job that failed for good leaves this empty, and is queued again.
alter table auth.organizations add column filled_at timestamptz;
do $$
begin
  -- What was filled before is whole, unless its job is still in the queue.
  if to_regclass('graphile_worker._private_jobs') is not null then
    update auth.organizations o set filled_at = now()
    where is_demo and not exists (select from graphile_worker._private_jobs j where j.key = 'demo-fill:' || o.id);
  end if;
end $$;

-- One that is being removed still belongs to the organisation that asked for it: the next one waits until it is gone.
drop index auth.organizations_demo_of;
create unique index organizations_demo_of on auth.organizations (demo_of) where demo_of is not null and removed_at is null;

-- Slugs of demonstrations that nobody asked for and an owner removed: no start makes them again.
create table auth.demonstrations_ended (slug text primary key, ended_at timestamptz not null default now());
grant select, insert on auth.demonstrations_ended to twin_auth;

drop function remove_demonstration();
drop function remove_demonstration_rows(int);

create function check_demonstration_ends() returns void
language plpgsql security definer set search_path = '' as $$
begin
  if not exists (
    select from auth.organizations where id = public.app_org() and is_demo and removed_at is not null
  ) then
    raise exception 'organisation % is no demonstration that is being removed', coalesce(public.app_org()::text, 'none')
      using errcode = 'insufficient_privilege';
  end if;
end $$;

-- Takes at most `most` rows of one table (or month of one) of the transaction's organisation, which has to be a demonstration
-- that is being removed. Only this table is locked. The log of what was done there goes, too, which no other function may.
create function remove_demonstration_rows(place text, most int) returns int
language plpgsql security definer set search_path = '' set enable_seqscan = off as $$
declare
  org constant int := public.app_org();
  found_name text;
  has_rows boolean;
  removed int;
begin
  perform public.check_demonstration_ends();
  select pg_catalog.format('%I.%I', n.nspname, c.relname) into found_name
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname in ('public', 'restored', 'ops')
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
  where c.relkind = 'r' and pg_catalog.format('%I.%I', n.nspname, c.relname) = place;
  -- A month that was dropped meanwhile has nothing.
  if found_name is null then
    return 0;
  end if;
  execute pg_catalog.format('select exists (select from %s where org_id = $1)', found_name) into has_rows using org;
  if not has_rows then
    return 0;
  end if;
  perform pg_catalog.set_config('app.purging', 'on', true);
  execute pg_catalog.format(
    'delete from %1$s where ctid = any (array(select ctid from %1$s where org_id = $1 limit $2))', found_name)
    using org, most;
  get diagnostics removed = row_count;
  return removed;
end $$;

-- Takes the jobs of a demonstration that is being removed. False while one of them still runs, which may write more.
create function end_demonstration_jobs() returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  org constant int := public.app_org();
begin
  perform public.check_demonstration_ends();
  delete from graphile_worker._private_jobs where payload ->> 'org_id' = org::text and locked_at is null;
  return not exists (
    select from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    where j.payload ->> 'org_id' = org::text and t.identifier <> 'demo/remove'
  );
end $$;

-- The last step: what came after the tables were visited, to tables without months, and the organisation itself.
create function remove_demonstration() returns boolean
language plpgsql security definer set search_path = '' set enable_seqscan = off as $$
declare
  org constant int := public.app_org();
  place text;
begin
  if not public.end_demonstration_jobs() then
    return false;
  end if;
  perform pg_catalog.set_config('app.purging', 'on', true);
  for place in
    select pg_catalog.format('%I.%I', n.nspname, c.relname)
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname in ('public', 'ops')
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
    where c.relkind = 'r' and not c.relispartition
    order by case
      when c.relname in ('archive_parts', 'exports', 'backfill_chunks') then 2
      when c.relname in ('twins', 'backfills') then 3
      when c.relname = 'users' then 4
      when c.relname in ('org_keys', 'org_counters', 'audit_log', 'audit_seals') then 5
      else 0 end, c.relname
  loop
    execute pg_catalog.format('delete from %s where org_id = $1', place) using org;
  end loop;
  delete from public.organizations where id = org;
  -- With it go keys, invitations and members that were made while it went.
  delete from auth.organizations where id = org;
  -- Sign-ins with published passwords, which were members there alone.
  delete from auth.accounts a where a.is_demo and not exists (select from auth.memberships m where m.account_id = a.id);
  return true;
end $$;

-- Queues what the transaction's demonstration waits for, its history or its removal, where no job of that waits or runs: a
-- job that failed for good is begun anew. Returns the task, or null.
create function resume_demonstration() returns text
language plpgsql security definer set search_path = '' as $$
declare
  org constant int := public.app_org();
  task text;
  key text;
begin
  select case when removed_at is not null then 'demo/remove' when filled_at is null then 'demo/fill' end into task
  from auth.organizations where id = org and is_demo;
  if task is null then
    return null;
  end if;
  key := replace(task, '/', '-') || ':' || org;
  if exists (
    select from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    where j.payload ->> 'org_id' = org::text and t.identifier = task
      and (j.locked_at is not null or j.attempts < j.max_attempts)
  ) then
    return null;
  end if;
  delete from graphile_worker._private_jobs j using graphile_worker._private_tasks t
  where t.id = j.task_id and j.payload ->> 'org_id' = org::text and t.identifier = task;
  perform public.enqueue_job(task, pg_catalog.json_build_object('org_id', org), key, null,
    case task when 'demo/fill' then 3 else 25 end, case task when 'demo/fill' then 0 else 5 end);
  return task;
end $$;

revoke execute on function check_demonstration_ends(), remove_demonstration_rows(text, int), end_demonstration_jobs(),
  remove_demonstration(), resume_demonstration() from public;
grant execute on function remove_demonstration_rows(text, int), end_demonstration_jobs(), remove_demonstration(),
  resume_demonstration() to twin_worker;
