-- A demonstration is an organisation of its own. One that an organisation asked for belongs to it: there is one each. Its
-- removal begins with `removed_at`: from then on nobody enters it, nothing fills it, and a job takes its rows.
alter table auth.organizations add column demo_of int references auth.organizations (id) on delete set null;
alter table auth.organizations add column removed_at timestamptz;
alter table auth.organizations add check (demo_of is null or is_demo);
alter table auth.organizations add check (removed_at is null or is_demo);
create unique index organizations_demo_of on auth.organizations (demo_of) where demo_of is not null;

-- Takes at most `most` rows of the transaction's organisation, which has to be a demonstration that is being removed. Every
-- table with an `org_id` is found in the catalogue, so a new one isn't forgotten; what others refer to goes last, so that no
-- cascade takes more than was asked for. The log of what was done there goes, too, which no other function may.
create function remove_demonstration_rows(most int) returns int
language plpgsql security definer set search_path = '' set enable_seqscan = off as $$
declare
  org constant int := public.app_org();
  removed int := 0;
  more int;
  place record;
begin
  if not exists (select from auth.organizations where id = org and is_demo and removed_at is not null) then
    raise exception 'organisation % is no demonstration that is being removed', coalesce(org::text, 'none')
      using errcode = 'insufficient_privilege';
  end if;
  perform pg_catalog.set_config('app.purging', 'on', true);
  for place in
    select pg_catalog.format('%I.%I', n.nspname, c.relname) as name
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname in ('public', 'restored', 'ops')
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
    where c.relkind = 'r'
    order by case
      when c.relname ~ '^conversations(_|$)' then 1
      when c.relname ~ '^activities(_|$)' or c.relname in ('archive_parts', 'exports', 'backfill_chunks') then 2
      when c.relname in ('twins', 'backfills') then 3
      when c.relname = 'users' then 4
      when c.relname in ('org_keys', 'org_counters', 'audit_log', 'audit_seals') then 5
      else 0 end, c.relname
  loop
    execute pg_catalog.format(
      'delete from %1$s where ctid = any (array(select ctid from %1$s where org_id = $1 limit $2))', place.name)
      using org, most - removed;
    get diagnostics more = row_count;
    removed := removed + more;
    exit when removed >= most;
  end loop;
  return removed;
end $$;

-- What is left when no row is: its jobs and itself. False while a job of it still runs, which may write more.
create function remove_demonstration() returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  org constant int := public.app_org();
begin
  if public.remove_demonstration_rows(1) > 0 then
    return false;
  end if;
  delete from graphile_worker._private_jobs where payload ->> 'org_id' = org::text and locked_at is null;
  if exists (
    select from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    where j.payload ->> 'org_id' = org::text and t.identifier <> 'demo/remove'
  ) then
    return false;
  end if;
  delete from public.organizations where id = org;
  delete from auth.organizations where id = org;
  -- Sign-ins with published passwords, which were members there alone.
  delete from auth.accounts a where a.is_demo and not exists (select from auth.memberships m where m.account_id = a.id);
  return true;
end $$;

revoke execute on function remove_demonstration_rows(int), remove_demonstration() from public;
grant execute on function remove_demonstration_rows(int), remove_demonstration() to twin_worker;
