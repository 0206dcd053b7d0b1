-- The catalogue after all migrations. Written by the test that keeps it true: `pnpm schema` in packages/db.

create extension "pg_trgm";
create extension "uuid-ossp";

create type day_rule as (zone text, turn_at timestamp with time zone[], turn_day date[], turn_zone text[]);

CREATE OR REPLACE FUNCTION public.add_to_conversations(orgs integer[], conversation_ids uuid[], counts integer[], tokens integer[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  at constant timestamptz := now();
  org int;
begin
  for org in select distinct unnest(orgs) order by 1 loop
    perform from conversations c
    where c.org_id = org
      and c.activity_id = any (array(select t.id from unnest(orgs, conversation_ids) as t (org_id, id) where t.org_id = org))
    order by c.activity_id
    for no key update;

    update conversations c
    set message_count = c.message_count + t.messages, total_tokens = c.total_tokens + t.tokens, updated_at = at
    from unnest(orgs, conversation_ids, counts, tokens) as t (org_id, id, messages, tokens)
    where t.org_id = org and c.org_id = org and c.activity_id = t.id;
  end loop;
end $function$;
-- owner twin_owner; execute: twin_app, twin_worker

CREATE OR REPLACE FUNCTION ai_twin_analytics.active_users(from_day date, before_day date)
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'public', 'pg_temp'
AS $function$ select coalesce(sum(bit_count(l.bits)), 0)::int from (
     select bit_or(d.bits) as bits from day_users d
     where d.org_id = (select analyst_org()) and d.kind = 'active' and d.day >= from_day and d.day < before_day
     group by d.lane
   ) l $function$;
-- owner twin_owner; execute: twin_analyst

CREATE OR REPLACE FUNCTION ai_twin_analytics.kept_from()
 RETURNS TABLE(data text, first_day date)
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'public', 'pg_temp'
AS $function$ select k.data, coalesce(
     (select day_of(max(r.cut) - interval '1 millisecond', (o.time_zone, o.turn_at, o.turn_day, o.turn_zone)::day_rule) + 1
      from lifecycle_runs r where r.org_id = o.id and r.data_type = k.data and r.row_counts <> '{}'),
     (select min(m.metric_date) from daily_metrics m where m.org_id = o.id))
   from organizations o cross join (values ('activities'), ('messages'), ('sessions')) k (data)
   where o.id = (select analyst_org()) $function$;
-- owner twin_owner; execute: twin_analyst

CREATE OR REPLACE FUNCTION public.analyst_id(org_id integer, kind text, key text)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select md5(org_id::text || '/' || kind || '/' || key)::uuid $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.analyst_org()
 RETURNS integer
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$ select org_id from auth.analyst_logins where login = session_user $function$;
-- owner twin_owner; execute: twin_analyst

CREATE OR REPLACE FUNCTION public.analyst_token(prefix text, id uuid)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select prefix || '_' || right(id::text, 12) $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.analyze_outgrown(months date[])
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  outgrown regclass;
  analyzed int := 0;
begin
  for outgrown in
    select c.oid from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and (not c.relispartition or right(c.relname, 7) = any (select to_char(m, 'YYYY_MM') from unnest(months) m))
      and pg_relation_size(c.oid) / current_setting('block_size')::int > greatest(16, 4 * c.relpages)
  loop
    execute format('analyze (skip_locked) %s', outgrown);
    analyzed := analyzed + 1;
  end loop;
  return analyzed;
end $function$;
-- owner twin_owner; execute: twin_worker

CREATE OR REPLACE FUNCTION public.app_actor(field text)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select nullif(current_setting('app.actor', true), '')::jsonb ->> field $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.app_org()
 RETURNS integer
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select nullif(current_setting('app.org_id', true), '')::int $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION auth.tell_key()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  perform pg_catalog.pg_notify('api_keys', old.id);
  return null;
end $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.cancel_job(wanted bigint)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if not exists (select from public.queued_jobs(wanted)) then
    return false;
  end if;
  return exists (select from graphile_worker.complete_jobs(array[wanted]));
end $function$;
-- owner twin_owner; execute: twin_worker

CREATE OR REPLACE FUNCTION public.check_demonstration_ends()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if not exists (
    select from auth.organizations where id = public.app_org() and is_demo and removed_at is not null
  ) then
    raise exception 'organisation % is no demonstration that is being removed', coalesce(public.app_org()::text, 'none')
      using errcode = 'insufficient_privilege';
  end if;
end $function$;
-- owner twin_owner

CREATE OR REPLACE FUNCTION public.date_in(zone text, at timestamp with time zone)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select case
     when at < timestamptz '2011-01-01 00:00:00+00' and (at at time zone zone)::time < time '02:00'
       and at < day_start((at at time zone zone)::date, zone)
     then (at at time zone zone)::date - 1
     else (at at time zone zone)::date end $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.day_from(at timestamp with time zone, rule day_rule)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select coalesce((rule).turn_day[array_position((rule).turn_at, at)], day_of(at, rule)) $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.day_of(at timestamp with time zone, rule day_rule)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select case when (rule).turn_at is null then date_in((rule).zone, at)
     else greatest((rule).turn_day[width_bucket(at, (rule).turn_at)],
       least((rule).turn_day[width_bucket(at, (rule).turn_at) + 1] - 1, date_in(zone_at(at, rule), at))) end $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.day_rule_of(o organizations)
 RETURNS day_rule
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select row (o.time_zone, o.turn_at, o.turn_day, o.turn_zone)::day_rule $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.day_start(day date, zone text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select case
     when (((day::timestamp at time zone zone) at time zone 'UTC' - interval '1 second') at time zone 'UTC' at time zone zone)::date = day
     then ((day::timestamp at time zone zone) at time zone 'UTC' - interval '1 second'
       - ((((day::timestamp at time zone zone) at time zone 'UTC' - interval '1 second') at time zone 'UTC' at time zone zone) - day::timestamp))
       at time zone 'UTC'
     else day::timestamp at time zone zone end $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.days_of_analyst()
 RETURNS TABLE(org_id integer, metric_date date, installations integer)
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO 'public', 'pg_temp'
AS $function$ with span as (
     select o.id as org_id, r.rule, first.metric_date as first_day, greatest(last.metric_date, day_of(now(), r.rule)) as last_day
     from organizations o
     cross join lateral (select (o.time_zone, o.turn_at, o.turn_day, o.turn_zone)::day_rule as rule) r
     cross join lateral (select m.metric_date from daily_metrics m where m.org_id = o.id order by m.metric_date limit 1) first
     cross join lateral (select m.metric_date from daily_metrics m where m.org_id = o.id order by m.metric_date desc limit 1) last
     where o.id = (select analyst_org())
   ),
   change as (
     select greatest(day_of(e.at, s.rule), s.first_day) as day, sum(e.change) as change
     from span s
     join twin_installations i on i.org_id = s.org_id
     cross join lateral (values (i.installed_at, 1), (i.uninstalled_at, -1)) e (at, change)
     where i.installed_at is not null and e.at is not null group by 1
   )
   select s.org_id, d.day::date, (sum(coalesce(c.change, 0)) over (order by d.day))::int
   from span s
   cross join lateral generate_series(s.first_day::timestamp, s.last_day::timestamp, interval '1 day') d (day)
   left join change c on c.day = d.day::date $function$;
-- owner twin_owner; execute: twin_analyst

CREATE OR REPLACE FUNCTION public.derived_session_id(org integer, person uuid, twin uuid, platform text, started_at timestamp with time zone)
 RETURNS uuid
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
declare
  h constant text := encode(sha256(convert_to(concat_ws(':', 'derived', org::text, person::text, twin::text, platform), 'UTF8')), 'hex');
begin
  return (left(replace(uuid_floor(started_at)::text, '-', ''), 12) || '7' || substr(h, 1, 3)
    || substr('89ab', 1 + ascii(substr(h, 4, 1)) % 4, 1) || substr(h, 5, 15))::uuid;
end $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.drop_month(any_day date)
 RETURNS text[]
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  month constant text := to_char(any_day, 'YYYY_MM');
  details constant text[] := array['conversations', 'documents', 'queries', 'shared_twin_interactions'];
  families constant text[] := 'messages'::text || details || array['activities', 'sessions', 'feature_events'];
  largest constant bigint := 16 * 1024 * 1024;
  until timestamptz;
  present text[];
  empty text[] := '{}';
  going text[] := '{}';
  family text;
  wanted text;
  is_empty boolean;
  dropped text[] := '{}';
begin
  perform pg_advisory_xact_lock(hashtext('twin: partitions'));
  select coalesce(array_agg(f), '{}') into present
  from unnest(families) f join pg_class c on c.relnamespace = 'public'::regnamespace and c.relname = f || '_' || month;
  foreach family in array families loop
    continue when family <> all (present) or pg_relation_size(format('%I', family || '_' || month)::regclass) > largest;
    execute format('select not exists (select from %I)', family || '_' || month) into is_empty;
    if is_empty then empty := empty || family; end if;
  end loop;
  -- What is referred to stays with what refers to it.
  foreach family in array empty loop
    continue when family = 'conversations' and 'messages' = any (present) and 'messages' <> all (going)
      or family = 'activities' and exists (select from unnest(details || 'messages'::text) d where d = any (present) and d <> all (going));
    going := going || family;
  end loop;
  if going = '{}' then return dropped; end if;

  until := clock_timestamp() + interval '250 milliseconds';
  for wanted in
    select name from (
      select 0 as rank, 0 as place, 'users' as name where going && array['activities', 'sessions', 'feature_events']
      union all
      select 1, array_position(families, f), f from unnest(going) f
      union all
      -- A key that goes takes a lock on the partition that it refers to.
      select 2, array_position(families, f), f || '_' || month
      from (
        select unnest(going) union select 'conversations' where 'messages' = any (going) and 'conversations' = any (present)
        union select 'activities' where going && details and 'activities' = any (present)
      ) f (f)
    ) l order by rank, place desc
  loop
    perform set_config('lock_timeout', greatest(1, extract(milliseconds from until - clock_timestamp())::int)::text, true);
    execute format('lock table only %I in access exclusive mode', wanted);
  end loop;
  foreach family in array families loop
    continue when family <> all (going);
    execute format('select not exists (select from %I)', family || '_' || month) into is_empty;
    -- Somebody wrote into it meanwhile: all that comes after it may be referred to.
    exit when not is_empty;
    execute format('drop table %I', family || '_' || month);
    dropped := dropped || (family || '_' || month);
  end loop;
  perform set_config('lock_timeout', '0', true);
  return dropped;
end $function$;
-- owner twin_owner; execute: twin_worker

CREATE OR REPLACE FUNCTION public.end_demonstration_jobs()
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  org constant int := public.app_org();
begin
  perform public.check_demonstration_ends();
  delete from graphile_worker._private_jobs where payload ->> 'org_id' = org::text and locked_at is null;
  return not exists (
    select from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    where j.payload ->> 'org_id' = org::text and t.identifier <> 'demo/remove'
  );
end $function$;
-- owner twin_owner; execute: twin_worker

CREATE OR REPLACE FUNCTION public.enqueue_job(task text, payload json, job_key text DEFAULT NULL::text, run_at timestamp with time zone DEFAULT NULL::timestamp with time zone, max_attempts integer DEFAULT 25, priority integer DEFAULT 0)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
end $function$;
-- owner twin_owner; execute: twin_app, twin_auth, twin_worker

CREATE OR REPLACE FUNCTION public.enqueue_missed_rollups()
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
end $function$;
-- owner twin_owner; execute: twin_worker

CREATE OR REPLACE FUNCTION public.enqueue_rollup()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
end $function$;
-- owner twin_owner; execute: twin_app, twin_worker

CREATE OR REPLACE FUNCTION public.ensure_month(any_day date)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  first_day constant date := date_trunc('month', any_day::timestamp)::date;
  month constant text := to_char(first_day, 'YYYY_MM');
  lower_id constant uuid := uuid_floor(first_day::timestamp at time zone 'UTC');
  upper_id constant uuid := uuid_floor((first_day + interval '1 month')::timestamp at time zone 'UTC');
  families constant text[] := array['sessions', 'activities', 'conversations', 'documents', 'queries',
    'shared_twin_interactions', 'messages', 'feature_events'];
  present text[];
  family text;
  made boolean := false;
begin
  if any_day < date '1970-01-01' or any_day >= date '2200-01-01' then
    raise exception 'no partition can be made for %', any_day using errcode = 'datetime_field_overflow';
  end if;
  if not exists (select from unnest(families) f where to_regclass('public.' || f || '_' || month) is null) then
    return false;
  end if;
  perform pg_advisory_xact_lock(hashtext('twin: partitions'));
  -- Not to_regclass after the wait: it answers from a cache that may not know yet what the other one made.
  select coalesce(array_agg(c.relname), '{}') into present
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname like '%\_' || month;
  foreach family in array families loop
    continue when family || '_' || month = any (present);
    execute format('create table %I (like %I including all)', family || '_' || month, family);
    if family = 'messages' then
      execute format('alter table %I add foreign key (org_id, conversation_id) references %I (org_id, activity_id) on delete cascade',
        family || '_' || month, 'conversations_' || month);
    elsif family in ('conversations', 'documents', 'queries', 'shared_twin_interactions') then
      execute format('alter table %I add foreign key (org_id, activity_id) references %I (org_id, id) on delete cascade',
        family || '_' || month, 'activities_' || month);
    end if;
    if family in ('conversations', 'sessions') then
      -- Counters and ends are updated in place soon after the insert.
      execute format('alter table %I set (fillfactor = 85)', family || '_' || month);
    end if;
    execute format('alter table %I attach partition %I for values from (%L) to (%L)', family, family || '_' || month, lower_id, upper_id);
    made := true;
  end loop;
  return made;
end $function$;
-- owner twin_owner; execute: twin_app, twin_worker

CREATE OR REPLACE FUNCTION public.is_sealed(day date, o organizations)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select coalesce(day >= day_from(o.sealed_from, day_rule_of(o)) and day < day_from(o.sealed_before, day_rule_of(o)), false) $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.jobs_wait()
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  return exists (select from graphile_worker._private_jobs j where j.is_available and j.run_at <= pg_catalog.now());
end $function$;
-- owner twin_owner; execute: twin_worker

CREATE OR REPLACE FUNCTION public.living_workers()
 RETURNS integer
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog'
AS $function$ select count(distinct objid)::int from pg_locks
   where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
     and classid = hashtext('twin: worker')::oid and objsubid = 2 $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.messages_count_added()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  orgs int[]; ids uuid[]; counts int[]; tokens int[];
begin
  select array_agg(m.org_id), array_agg(m.conversation_id), array_agg(m.more_messages), array_agg(m.more_tokens)
  into orgs, ids, counts, tokens
  from (
    select org_id, conversation_id, count(*)::int as more_messages, coalesce(sum(token_count), 0)::int as more_tokens
    from added group by org_id, conversation_id
  ) m;
  perform add_to_conversations(orgs, ids, counts, tokens);
  return null;
end $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.messages_count_changed()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  before_orgs int[]; before_ids uuid[]; before_tokens int[];
  after_orgs int[]; after_ids uuid[]; after_tokens int[];
  orgs int[]; ids uuid[]; counts int[]; tokens int[];
begin
  select array_agg(org_id), array_agg(conversation_id), array_agg(token_count) into before_orgs, before_ids, before_tokens from removed;
  select array_agg(org_id), array_agg(conversation_id), array_agg(token_count) into after_orgs, after_ids, after_tokens from added;
  select array_agg(m.org_id), array_agg(m.id), array_agg(m.more_messages), array_agg(m.more_tokens)
  into orgs, ids, counts, tokens
  from (
    select c.org_id, c.id, sum(c.messages)::int as more_messages, coalesce(sum(c.token_count), 0)::int as more_tokens
    from (
      select b.org_id, b.id, -1 as messages, -b.token_count as token_count
      from unnest(before_orgs, before_ids, before_tokens) as b (org_id, id, token_count)
      union all
      select a.org_id, a.id, 1, a.token_count
      from unnest(after_orgs, after_ids, after_tokens) as a (org_id, id, token_count)
    ) c
    group by c.org_id, c.id
    having sum(c.messages) <> 0 or coalesce(sum(c.token_count), 0) <> 0
  ) m;
  perform add_to_conversations(orgs, ids, counts, tokens);
  return null;
end $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.messages_count_removed()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  orgs int[]; ids uuid[]; counts int[]; tokens int[];
begin
  if current_setting('app.purging', true) = 'on' then
    return null;
  end if;
  select array_agg(m.org_id), array_agg(m.conversation_id), array_agg(-m.more_messages), array_agg(-m.more_tokens)
  into orgs, ids, counts, tokens
  from (
    select org_id, conversation_id, count(*)::int as more_messages, coalesce(sum(token_count), 0)::int as more_tokens
    from removed group by org_id, conversation_id
  ) m;
  perform add_to_conversations(orgs, ids, counts, tokens);
  return null;
end $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.months_missing(months date[])
 RETURNS SETOF date
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select m from unnest(months) m
  where exists (
    select from unnest(array['sessions', 'activities', 'conversations', 'documents', 'queries',
      'shared_twin_interactions', 'messages', 'feature_events']) family
    where to_regclass('public.' || family || '_' || to_char(m, 'YYYY_MM')) is null)
  order by m
$function$;
-- owner twin_owner; execute: twin_app, twin_worker

CREATE OR REPLACE FUNCTION public.queue_status(org integer)
 RETURNS TABLE(queued integer, waiting integer, running integer, failed integer, oldest_seconds double precision)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
end $function$;
-- owner twin_owner; execute: twin_app, twin_worker

CREATE OR REPLACE FUNCTION public.queued_jobs(wanted bigint DEFAULT NULL::bigint)
 RETURNS TABLE(id bigint, task text, job_key text, org_id integer, state text, attempts integer, max_attempts integer, run_at timestamp with time zone, locked_at timestamp with time zone, last_error text)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  return query
  select j.id, t.identifier, j.key, (j.payload ->> 'org_id')::int,
    case when j.locked_at is not null then 'running' when j.attempts >= j.max_attempts then 'failed' else 'waiting' end,
    j.attempts::int, j.max_attempts::int, j.run_at, j.locked_at, j.last_error
  from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
  where (wanted is null or j.id = wanted)
    and (coalesce(public.app_org(), 0) = 0 or j.payload ->> 'org_id' = public.app_org()::text)
  order by j.run_at, j.id;
end $function$;
-- owner twin_owner; execute: twin_worker

CREATE OR REPLACE FUNCTION public.refresh_monthly_user_stats()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  refresh materialized view concurrently mv_monthly_user_stats;
end $function$;
-- owner twin_reader; execute: twin_worker

CREATE OR REPLACE FUNCTION public.release_dead_jobs()
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
end $function$;
-- owner twin_owner; execute: twin_worker

CREATE OR REPLACE FUNCTION public.remove_demonstration()
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET enable_seqscan TO 'off'
AS $function$
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
end $function$;
-- owner twin_owner; execute: twin_worker

CREATE OR REPLACE FUNCTION public.remove_demonstration_rows(place text, most integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
 SET enable_seqscan TO 'off'
AS $function$
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
end $function$;
-- owner twin_owner; execute: twin_worker

CREATE OR REPLACE FUNCTION public.resume_demonstration()
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
end $function$;
-- owner twin_owner; execute: twin_worker

CREATE OR REPLACE FUNCTION public.retry_job(wanted bigint)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if not exists (select from public.queued_jobs(wanted)) then
    return false;
  end if;
  return exists (select from graphile_worker.reschedule_jobs(array[wanted], pg_catalog.now(), null, 0, null));
end $function$;
-- owner twin_owner; execute: twin_worker

CREATE OR REPLACE FUNCTION public.search_documents(wanted tsquery, before uuid, row_limit integer)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select d.activity_id from public.documents d
  where d.org_id = public.app_org() and d.search @@ wanted and (before is null or d.activity_id < before)
  order by d.activity_id desc limit row_limit
$function$;
-- owner twin_reader; execute: twin_app

CREATE OR REPLACE FUNCTION public.search_queries(wanted tsquery, before uuid, row_limit integer)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select q.activity_id from public.queries q
  where q.org_id = public.app_org() and q.search @@ wanted and (before is null or q.activity_id < before)
  order by q.activity_id desc limit row_limit
$function$;
-- owner twin_reader; execute: twin_app

CREATE OR REPLACE FUNCTION public.sessions_touch_users()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
declare
  orgs int[];
  people uuid[];
  newest timestamptz[];
  org int;
begin
  select array_agg(s.org_id), array_agg(s.user_id), array_agg(s.newest)
  into orgs, people, newest
  from (select org_id, user_id, max(started_at) as newest from added group by org_id, user_id) s;

  for org in select distinct unnest(orgs) order by 1 loop
    perform from users u
    where u.org_id = org
      and u.id = any (array(
        select t.id from unnest(orgs, people, newest) as t (org_id, id, newest)
        join users w on w.org_id = org and w.id = t.id
        where t.org_id = org and (w.last_active_at is null or w.last_active_at < t.newest)
      ))
    order by u.id
    for no key update;

    update users u
    set last_active_at = t.newest
    from unnest(orgs, people, newest) as t (org_id, id, newest)
    where t.org_id = org and u.org_id = org and u.id = t.id
      and (u.last_active_at is null or u.last_active_at < t.newest);
  end loop;
  return null;
end $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.start_of(day date, rule day_rule)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select case when (rule).turn_at is null then day_start(day, (rule).zone)
     when (rule).turn_day[width_bucket(day, (rule).turn_day)] = day then (rule).turn_at[width_bucket(day, (rule).turn_day)]
     else greatest((rule).turn_at[width_bucket(day, (rule).turn_day)], least((rule).turn_at[width_bucket(day, (rule).turn_day) + 1],
       day_start(day, coalesce((rule).turn_zone[width_bucket(day, (rule).turn_day)], (rule).zone)))) end $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.tenant_table(relation regclass, app text, worker text, analyst text DEFAULT NULL::text, reader text DEFAULT NULL::text, key text DEFAULT 'org_id'::text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
end $function$;
-- owner twin_owner

CREATE OR REPLACE FUNCTION public.uuid_floor(t timestamp with time zone)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$ select (lpad(to_hex(floor(extract(epoch from t - timestamptz 'epoch') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.uuid_time(u uuid)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$ select to_timestamp(('x0000' || replace(left(u::text, 13), '-', ''))::bit(64)::bigint / 1000.0::float8) $function$;
-- owner twin_owner; execute: public

CREATE OR REPLACE FUNCTION public.zone_at(at timestamp with time zone, rule day_rule)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select case when (rule).turn_at is null then (rule).zone
     else coalesce((rule).turn_zone[width_bucket(at, (rule).turn_at)], (rule).zone) end $function$;
-- owner twin_owner; execute: public

create table active_periods (
  org_id integer not null,
  period text not null,
  start_date date not null,
  lane integer not null,
  bits bit(2048) not null,
  PRIMARY KEY (org_id, period, start_date, lane),
  CHECK ((date_trunc(period, (start_date)::timestamp without time zone) = start_date)),
  CHECK ((period = ANY (ARRAY['week'::text, 'month'::text])))
);
alter table active_periods enable row level security, force row level security;
create policy tenant on active_periods to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on active_periods to twin_app;
grant delete, insert, select, update on active_periods to twin_worker;

create table activities (
  org_id integer not null,
  id uuid not null,
  user_id uuid not null,
  twin_id uuid not null,
  session_id uuid,
  session_named boolean not null default false,
  activity_type text not null,
  action_description text,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  duration_seconds integer generated always as floor(EXTRACT(epoch FROM (ended_at - started_at))) stored,
  platform text not null,
  device_type text,
  metadata jsonb,
  revised_at timestamp with time zone,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, user_id) REFERENCES users(org_id, id) ON DELETE CASCADE,
  CHECK ((activity_type = ANY (ARRAY['conversation'::text, 'query'::text, 'document'::text, 'shared'::text]))),
  CHECK ((ended_at >= started_at)),
  CHECK ((uuid_time(id) = started_at))
) partition by RANGE (id);
CREATE INDEX activities_org_id_activity_type_id_idx ON public.activities USING btree (org_id, activity_type, id);
CREATE INDEX activities_org_id_platform_id_idx ON public.activities USING btree (org_id, platform, id);
CREATE INDEX activities_org_id_session_id_idx ON public.activities USING btree (org_id, session_id) WHERE (session_id IS NOT NULL);
CREATE INDEX activities_org_id_twin_id_id_idx ON public.activities USING btree (org_id, twin_id, id);
CREATE INDEX activities_org_id_user_id_id_idx ON public.activities USING btree (org_id, user_id, id);
alter table activities enable row level security, force row level security;
create policy analyst on activities for select to twin_analyst using ((org_id = ( SELECT analyst_org() AS analyst_org)));
create policy tenant on activities to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on activities to twin_app;
grant delete, insert, select, update on activities to twin_worker;
grant select (org_id, id, user_id, twin_id, session_id, activity_type, started_at, ended_at, duration_seconds, platform, device_type) on activities to twin_analyst;

create table activity_hours (
  org_id integer not null,
  day date not null,
  platform text not null,
  hours integer[] not null,
  PRIMARY KEY (org_id, day, platform),
  CHECK ((cardinality(hours) = 24))
);
alter table activity_hours enable row level security, force row level security;
create policy tenant on activity_hours to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on activity_hours to twin_app;
grant delete, insert, select, update on activity_hours to twin_worker;

create view ai_twin_analytics.activities with (security_invoker=true) as
 SELECT id,
    user_id,
    twin_id,
    session_id,
    activity_type,
    '[hidden]'::text AS action_description,
    started_at,
    ended_at,
    duration_seconds,
    platform,
    device_type,
    '{"metadata": "[hidden]"}'::jsonb AS metadata
   FROM activities;
grant select on ai_twin_analytics.activities to twin_analyst;

create view ai_twin_analytics.conversations with (security_invoker=true) as
 SELECT activity_id AS id,
    activity_id,
    '[hidden]'::text AS title,
    '[hidden]'::text AS topic,
    message_count,
    total_tokens,
    created_at,
    updated_at
   FROM conversations;
grant select on ai_twin_analytics.conversations to twin_analyst;

create view ai_twin_analytics.daily_metrics with (security_invoker=true) as
 SELECT analyst_id(d.org_id, 'day'::text, to_char((d.metric_date)::timestamp without time zone, 'YYYY-MM-DD'::text)) AS id,
    d.metric_date,
    COALESCE(m.total_active_users, 0) AS total_active_users,
    COALESCE(m.new_users, 0) AS new_users,
    COALESCE(m.total_sessions, 0) AS total_sessions,
    COALESCE(m.total_conversations, 0) AS total_conversations,
    COALESCE(m.total_messages, 0) AS total_messages,
    COALESCE(m.total_documents_drafted, 0) AS total_documents_drafted,
    COALESCE(m.total_queries, 0) AS total_queries,
    COALESCE(m.total_shared_interactions, 0) AS total_shared_interactions,
    COALESCE(m.avg_session_duration_seconds, 0) AS avg_session_duration_seconds,
    COALESCE(m.total_twin_installations, d.installations) AS total_twin_installations,
    COALESCE(m.platform_breakdown, '{}'::jsonb) AS platform_breakdown,
    m.created_at,
    m.updated_at
   FROM (days_of_analyst() d(org_id, metric_date, installations)
     LEFT JOIN daily_metrics m ON (((m.org_id = d.org_id) AND (m.metric_date = d.metric_date))));
grant select on ai_twin_analytics.daily_metrics to twin_analyst;

create view ai_twin_analytics.documents with (security_invoker=true) as
 SELECT activity_id AS id,
    activity_id,
    user_id,
    '[hidden]'::text AS title,
    document_type,
    '[encrypted]'::text AS content,
    word_count,
    character_count,
    created_at,
    updated_at,
    is_exported,
    exported_at,
    '{"metadata": "[hidden]"}'::jsonb AS metadata
   FROM documents;
grant select on ai_twin_analytics.documents to twin_analyst;

create view ai_twin_analytics.feature_usage with (security_invoker=true) as
 SELECT analyst_id(f.org_id, 'feature'::text, ((((to_char((f.usage_date)::timestamp without time zone, 'YYYY-MM-DD'::text) || '/'::text) || f.n) || '/'::text) || f.feature_name)) AS id,
    u.id AS user_id,
    f.feature_name,
    f.usage_date,
    f.usage_count,
    f.last_used_at
   FROM (feature_usage f
     LEFT JOIN users u ON (((u.org_id = f.org_id) AND (u.n = f.n))));
grant select on ai_twin_analytics.feature_usage to twin_analyst;

create view ai_twin_analytics.messages with (security_invoker=true) as
 SELECT id,
    conversation_id,
    sender_type,
    '[encrypted]'::text AS content,
    token_count,
    created_at,
    edited_at,
    is_edited,
    '{"metadata": "[hidden]"}'::jsonb AS metadata
   FROM messages;
grant select on ai_twin_analytics.messages to twin_analyst;

create view ai_twin_analytics.mv_monthly_user_stats with (security_invoker=true) as
 SELECT u.id AS user_id,
    (s.month)::timestamp without time zone AS month,
    s.session_count,
    s.activity_count,
    s.avg_duration
   FROM (monthly_user_stats_of_analyst s
     LEFT JOIN users u ON (((u.org_id = s.org_id) AND (u.n = s.n))));
grant select on ai_twin_analytics.mv_monthly_user_stats to twin_analyst;

create view ai_twin_analytics.queries with (security_invoker=true) as
 SELECT activity_id AS id,
    activity_id,
    user_id,
    '[encrypted]'::text AS query_text,
    query_type,
    results_count,
    '[encrypted]'::text AS retrieved_info,
    '["[hidden]"]'::jsonb AS sources,
    created_at
   FROM queries;
grant select on ai_twin_analytics.queries to twin_analyst;

create view ai_twin_analytics.sessions with (security_invoker=true) as
 SELECT id,
    user_id,
    twin_id,
    platform,
    device_type,
    started_at,
    ended_at,
    duration_seconds,
    interaction_count,
    ip_address,
    user_agent
   FROM sessions;
grant select on ai_twin_analytics.sessions to twin_analyst;

create view ai_twin_analytics.shared_twin_interactions with (security_invoker=true) as
 SELECT activity_id AS id,
    activity_id,
    accessing_user_id,
    twin_owner_id,
    twin_id,
    '[hidden]'::text AS interaction_purpose,
    '[encrypted]'::text AS interaction_summary,
    was_helpful,
    created_at
   FROM shared_twin_interactions;
grant select on ai_twin_analytics.shared_twin_interactions to twin_analyst;

create view ai_twin_analytics.twin_installations with (security_invoker=true) as
 SELECT DISTINCT ON (org_id, twin_id, platform, workspace_id) analyst_id(org_id, 'installation'::text, (((((twin_id)::text || '/'::text) || platform) || '/'::text) || COALESCE(workspace_id, ''::text))) AS id,
    twin_id,
    platform,
    workspace_id,
    workspace_name,
    installed_at,
    uninstalled_at,
    is_active
   FROM twin_installations
  ORDER BY org_id, twin_id, platform, workspace_id, installed_at DESC, (analyst_id(org_id, 'installation'::text, (((((twin_id)::text || '/'::text) || platform) || '/'::text) || COALESCE(workspace_id, ''::text)))) DESC;
grant select on ai_twin_analytics.twin_installations to twin_analyst;

create view ai_twin_analytics.twins with (security_invoker=true) as
 SELECT id,
    user_id,
    analyst_token('twin'::text, id) AS name,
    '[hidden]'::text AS description,
    is_shared,
    created_at,
    updated_at,
    last_trained_at,
    document_count,
    email_count
   FROM twins;
grant select on ai_twin_analytics.twins to twin_analyst;

create view ai_twin_analytics.user_retention with (security_invoker=true) as
 SELECT analyst_id(r.org_id, 'retention'::text, (r.n)::text) AS id,
    u.id AS user_id,
    r.cohort_date,
    r.day_1_active,
    r.day_7_active,
    r.day_30_active,
    r.total_sessions,
    r.last_calculated_at
   FROM (user_retention r
     LEFT JOIN users u ON (((u.org_id = r.org_id) AND (u.n = r.n))));
grant select on ai_twin_analytics.user_retention to twin_analyst;

create view ai_twin_analytics.users with (security_invoker=true) as
 SELECT id,
    (analyst_token('user'::text, id) || '@token.invalid'::text) AS email,
    analyst_token('user'::text, id) AS full_name,
    company,
    department,
    created_at,
    updated_at,
    last_active_at,
    is_active,
    timezone
   FROM users;
grant select on ai_twin_analytics.users to twin_analyst;

create table annotations (
  org_id integer not null,
  id uuid not null,
  day date not null,
  text text not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  PRIMARY KEY (org_id, id),
  UNIQUE (org_id, day, text),
  FOREIGN KEY (org_id) REFERENCES organizations(id) ON DELETE CASCADE,
  CHECK (((length(text) >= 1) AND (length(text) <= 200)))
);
alter table annotations enable row level security, force row level security;
create policy tenant on annotations to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant delete, insert, select on annotations to twin_app;
grant delete, insert, select on annotations to twin_worker;

create table archive_left_out (
  org_id integer not null,
  month date not null,
  seq integer not null,
  id uuid not null,
  PRIMARY KEY (org_id, month, seq, id),
  FOREIGN KEY (org_id, month, seq) REFERENCES archive_parts(org_id, month, seq) ON DELETE CASCADE
);
alter table archive_left_out enable row level security, force row level security;
create policy tenant on archive_left_out to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on archive_left_out to twin_app;
grant delete, insert, select, update on archive_left_out to twin_worker;

create table archive_parts (
  org_id integer not null,
  month date not null,
  seq integer not null,
  cut timestamp with time zone not null,
  status text not null,
  run_id uuid not null,
  location text not null,
  manifest jsonb,
  manifest_sha256 text,
  activity_count bigint not null default 0,
  row_count bigint not null default 0,
  bytes bigint not null default 0,
  purged_upto uuid,
  left_out_count bigint not null default 0,
  damage text,
  created_at timestamp with time zone not null,
  checked_at timestamp with time zone,
  purged_at timestamp with time zone,
  PRIMARY KEY (org_id, month, seq),
  FOREIGN KEY (org_id) REFERENCES organizations(id) ON DELETE CASCADE,
  CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
  CHECK ((status = ANY (ARRAY['writing'::text, 'written'::text, 'verified'::text, 'purging'::text, 'purged'::text, 'abandoned'::text])))
);
alter table archive_parts enable row level security, force row level security;
create policy tenant on archive_parts to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on archive_parts to twin_app;
grant delete, insert, select, update on archive_parts to twin_worker;

create table audit_checks (
  org_id integer not null,
  at timestamp with time zone not null,
  rows bigint not null,
  seals bigint not null,
  problem text,
  PRIMARY KEY (org_id, at)
);
alter table audit_checks enable row level security, force row level security;
create policy tenant on audit_checks to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on audit_checks to twin_app;
grant delete, insert, select on audit_checks to twin_worker;

create table audit_log (
  org_id integer not null default app_org(),
  id bigint not null default nextval('audit_log_ids'::regclass),
  at timestamp with time zone not null default clock_timestamp(),
  actor_kind text not null default app_actor('kind'::text),
  actor_id text not null default app_actor('id'::text),
  actor_name text not null default app_actor('name'::text),
  action text not null,
  object_type text,
  object_id text,
  reason text,
  request_id text default app_actor('request_id'::text),
  ip inet default (app_actor('ip'::text))::inet,
  details jsonb not null default '{}'::jsonb,
  PRIMARY KEY (org_id, id),
  CHECK ((actor_kind = ANY (ARRAY['member'::text, 'service'::text, 'system'::text])))
);
CREATE INDEX audit_log_org_id_action_id_idx ON public.audit_log USING btree (org_id, action, id);
CREATE INDEX audit_log_org_id_actor_id_id_idx ON public.audit_log USING btree (org_id, actor_id, id);
CREATE INDEX audit_log_org_id_at_id_idx ON public.audit_log USING btree (org_id, at, id);
CREATE INDEX audit_log_org_id_object_type_object_id_idx ON public.audit_log USING btree (org_id, object_type, object_id);
alter table audit_log enable row level security, force row level security;
create policy tenant on audit_log to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on audit_log to twin_app;
grant select on audit_log to twin_worker;
grant insert (action, object_type, object_id, reason, details) on audit_log to twin_app;
grant insert (action, object_type, object_id, reason, details) on audit_log to twin_worker;

create sequence audit_log_ids;
grant usage on audit_log_ids to twin_app;
grant usage on audit_log_ids to twin_worker;

create table audit_seals (
  org_id integer not null,
  upto_id bigint not null,
  at timestamp with time zone not null default clock_timestamp(),
  row_count bigint not null,
  previous_hash bytea,
  hash bytea not null,
  PRIMARY KEY (org_id, upto_id)
);
alter table audit_seals enable row level security, force row level security;
create policy tenant on audit_seals to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on audit_seals to twin_app;
grant insert, select on audit_seals to twin_worker;

create table auth.accounts (
  id uuid not null,
  email text not null,
  email_key text not null,
  full_name text not null,
  password_hash text,
  created_at timestamp with time zone not null default now(),
  is_demo boolean not null default false,
  password_changed_at timestamp with time zone,
  verified_at timestamp with time zone,
  PRIMARY KEY (id),
  UNIQUE (email_key)
);
grant delete, insert, select, update on auth.accounts to twin_auth;

create table auth.analyst_logins (
  login name not null,
  org_id integer not null,
  PRIMARY KEY (login),
  FOREIGN KEY (org_id) REFERENCES auth.organizations(id) ON DELETE CASCADE
);
grant delete, insert, select, update on auth.analyst_logins to twin_auth;

create table auth.api_keys (
  id text not null,
  org_id integer not null,
  name text not null,
  source text not null,
  secret_hash bytea not null,
  scopes text[] not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  rotated_from text,
  created_by uuid,
  revoked_by uuid,
  PRIMARY KEY (id),
  FOREIGN KEY (created_by) REFERENCES auth.accounts(id) ON DELETE SET NULL,
  FOREIGN KEY (org_id) REFERENCES auth.organizations(id) ON DELETE CASCADE,
  FOREIGN KEY (revoked_by) REFERENCES auth.accounts(id) ON DELETE SET NULL,
  FOREIGN KEY (rotated_from) REFERENCES auth.api_keys(id) ON DELETE SET NULL
);
CREATE INDEX api_keys_org_id_idx ON auth.api_keys USING btree (org_id);
CREATE UNIQUE INDEX api_keys_rotated_from_idx ON auth.api_keys USING btree (rotated_from) WHERE (rotated_from IS NOT NULL);
CREATE TRIGGER api_key_changed AFTER UPDATE OF id, org_id, name, source, secret_hash, scopes, expires_at, revoked_at ON auth.api_keys FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION auth.tell_key();
CREATE TRIGGER api_key_deleted AFTER DELETE ON auth.api_keys FOR EACH ROW EXECUTE FUNCTION auth.tell_key();
grant delete, insert, select, update on auth.api_keys to twin_auth;

create table auth.demonstrations_ended (
  slug text not null,
  ended_at timestamp with time zone not null default now(),
  PRIMARY KEY (slug)
);
grant insert, select on auth.demonstrations_ended to twin_auth;

create table auth.invitations (
  id text not null,
  org_id integer not null,
  email text not null,
  email_key text not null,
  role text not null,
  content_read boolean not null default false,
  invited_by uuid,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  accepted_at timestamp with time zone,
  revoked_at timestamp with time zone,
  titles_read boolean not null default false,
  mailed boolean not null default false,
  PRIMARY KEY (id),
  FOREIGN KEY (invited_by) REFERENCES auth.accounts(id) ON DELETE SET NULL,
  FOREIGN KEY (org_id) REFERENCES auth.organizations(id) ON DELETE CASCADE,
  CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'analyst'::text, 'viewer'::text, 'ops'::text])))
);
CREATE INDEX invitations_org_id_email_key_idx ON auth.invitations USING btree (org_id, email_key);
CREATE UNIQUE INDEX invitations_open ON auth.invitations USING btree (org_id, email_key) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));
grant delete, insert, select, update on auth.invitations to twin_auth;

create table auth.links (
  id text not null,
  kind text not null,
  account_id uuid,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  mailed boolean not null default false,
  PRIMARY KEY (id),
  FOREIGN KEY (account_id) REFERENCES auth.accounts(id) ON DELETE CASCADE,
  CHECK (((kind = 'password'::text) = (account_id IS NOT NULL))),
  CHECK ((kind = ANY (ARRAY['setup'::text, 'password'::text])))
);
CREATE INDEX links_account_id_idx ON auth.links USING btree (account_id) WHERE (account_id IS NOT NULL);
CREATE INDEX links_expires_at_idx ON auth.links USING btree (expires_at);
grant delete, insert, select, update on auth.links to twin_auth;

create table auth.memberships (
  account_id uuid not null,
  org_id integer not null,
  role text not null,
  content_read boolean not null default false,
  created_at timestamp with time zone not null default now(),
  titles_read boolean not null default false,
  deactivated_at timestamp with time zone,
  PRIMARY KEY (account_id, org_id),
  FOREIGN KEY (account_id) REFERENCES auth.accounts(id) ON DELETE CASCADE,
  FOREIGN KEY (org_id) REFERENCES auth.organizations(id) ON DELETE CASCADE,
  CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'analyst'::text, 'viewer'::text, 'ops'::text])))
);
CREATE INDEX memberships_org_id_idx ON auth.memberships USING btree (org_id);
grant delete, insert, select, update on auth.memberships to twin_auth;

create table auth.organizations (
  id integer not null,
  slug text not null,
  name text not null,
  is_demo boolean not null default false,
  created_at timestamp with time zone not null default now(),
  viewer_titles boolean not null default false,
  demo_of integer,
  removed_at timestamp with time zone,
  filled_at timestamp with time zone,
  PRIMARY KEY (id),
  UNIQUE (slug),
  FOREIGN KEY (demo_of) REFERENCES auth.organizations(id) ON DELETE SET NULL,
  CHECK (((demo_of IS NULL) OR is_demo)),
  CHECK (((removed_at IS NULL) OR is_demo)),
  CHECK ((slug ~ '^[a-z0-9-]{1,40}$'::text))
);
CREATE UNIQUE INDEX organizations_demo_of ON auth.organizations USING btree (demo_of) WHERE ((demo_of IS NOT NULL) AND (removed_at IS NULL));
grant delete, insert, select, update on auth.organizations to twin_auth;

create table auth.rate_limits (
  key text not null,
  points integer not null default 0,
  expire bigint,
  PRIMARY KEY (key)
);
CREATE INDEX rate_limits_expire_idx ON auth.rate_limits USING btree (expire);
grant delete, insert, select, update on auth.rate_limits to twin_auth;

create table auth.sessions (
  id text not null,
  user_id uuid not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null default now(),
  org_id integer,
  user_agent text,
  ip inet,
  last_seen_at timestamp with time zone not null default now(),
  PRIMARY KEY (id),
  FOREIGN KEY (org_id) REFERENCES auth.organizations(id) ON DELETE CASCADE,
  FOREIGN KEY (user_id) REFERENCES auth.accounts(id) ON DELETE CASCADE
);
CREATE INDEX sessions_expires_at_idx ON auth.sessions USING btree (expires_at);
CREATE INDEX sessions_user_id_idx ON auth.sessions USING btree (user_id);
grant delete, insert, select, update on auth.sessions to twin_auth;

create table backfill_changes (
  org_id integer not null,
  backfill_id bigint not null,
  chunk integer not null,
  day date not null,
  table_name text not null,
  column_name text not null,
  row_count integer not null,
  before jsonb,
  after jsonb,
  PRIMARY KEY (org_id, backfill_id, chunk, day, table_name, column_name),
  FOREIGN KEY (org_id, backfill_id, chunk) REFERENCES backfill_chunks(org_id, backfill_id, chunk) ON DELETE CASCADE
);
alter table backfill_changes enable row level security, force row level security;
create policy tenant on backfill_changes to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on backfill_changes to twin_app;
grant delete, insert, select on backfill_changes to twin_worker;

create table backfill_chunks (
  org_id integer not null,
  backfill_id bigint not null,
  chunk integer not null,
  from_day date not null,
  to_day date not null,
  raw_rows bigint not null,
  done_at timestamp with time zone,
  seconds double precision,
  person_days integer,
  days_skipped integer,
  changes integer,
  job_run_id bigint,
  PRIMARY KEY (org_id, backfill_id, chunk),
  FOREIGN KEY (org_id, backfill_id) REFERENCES backfills(org_id, id) ON DELETE CASCADE,
  CHECK ((to_day >= from_day))
);
alter table backfill_chunks enable row level security, force row level security;
create policy tenant on backfill_chunks to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select on backfill_chunks to twin_app;
grant delete, insert, select, update on backfill_chunks to twin_worker;

create sequence backfill_ids;
grant usage on backfill_ids to twin_app;
grant usage on backfill_ids to twin_worker;

create table backfills (
  org_id integer not null,
  id bigint not null default nextval('backfill_ids'::regclass),
  what text not null,
  from_day date not null,
  to_day date not null,
  status text not null default 'queued'::text,
  started_by text not null,
  created_at timestamp with time zone not null,
  moved_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  error text,
  zone text,
  PRIMARY KEY (org_id, id),
  CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'cancelled'::text, 'failed'::text]))),
  CHECK ((to_day >= from_day)),
  CHECK ((what = ANY (ARRAY['metrics'::text, 'retention'::text, 'monthly'::text])))
);
CREATE INDEX backfills_org_id_from_day_to_day_idx ON public.backfills USING btree (org_id, from_day, to_day) WHERE (status = ANY (ARRAY['queued'::text, 'running'::text]));
alter table backfills enable row level security, force row level security;
create policy tenant on backfills to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on backfills to twin_app;
grant delete, insert, select, update on backfills to twin_worker;

create table conversations (
  org_id integer not null,
  activity_id uuid not null,
  title text,
  topic text,
  message_count integer not null default 0,
  total_tokens integer not null default 0,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  summary bytea,
  summarised_at timestamp with time zone,
  summarised_until timestamp with time zone,
  summary_keep text,
  summary_model text,
  summary_author_ids uuid[],
  inherited_from timestamp with time zone,
  PRIMARY KEY (org_id, activity_id)
) partition by RANGE (activity_id);
CREATE INDEX conversations_org_id_activity_id_idx ON public.conversations USING btree (org_id, activity_id) WHERE (summary_author_ids IS NOT NULL);
CREATE INDEX conversations_org_id_topic_activity_id_idx ON public.conversations USING btree (org_id, topic, activity_id) WHERE (topic IS NOT NULL);
alter table conversations enable row level security, force row level security;
create policy analyst on conversations for select to twin_analyst using ((org_id = ( SELECT analyst_org() AS analyst_org)));
create policy tenant on conversations to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on conversations to twin_app;
grant delete, insert, select, update on conversations to twin_worker;
grant select (org_id, activity_id, message_count, total_tokens, created_at, updated_at) on conversations to twin_analyst;

create table daily_metrics (
  org_id integer not null,
  metric_date date not null,
  total_active_users integer not null default 0,
  new_users integer not null default 0,
  total_sessions integer not null default 0,
  total_conversations integer not null default 0,
  total_messages integer not null default 0,
  total_documents_drafted integer not null default 0,
  total_queries integer not null default 0,
  total_shared_interactions integer not null default 0,
  avg_session_duration_seconds integer not null default 0,
  total_twin_installations integer not null default 0,
  platform_breakdown jsonb not null default '{}'::jsonb,
  ended_sessions integer not null default 0,
  session_seconds bigint not null default 0,
  last_record_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  job_run_id bigint,
  PRIMARY KEY (org_id, metric_date)
);
alter table daily_metrics enable row level security, force row level security;
create policy analyst on daily_metrics for select to twin_analyst using ((org_id = ( SELECT analyst_org() AS analyst_org)));
create policy tenant on daily_metrics to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on daily_metrics to twin_app;
grant delete, insert, select, update on daily_metrics to twin_worker;
grant select (org_id, metric_date, total_active_users, new_users, total_sessions, total_conversations, total_messages, total_documents_drafted, total_queries, total_shared_interactions, avg_session_duration_seconds, total_twin_installations, platform_breakdown, created_at, updated_at) on daily_metrics to twin_analyst;

create table day_users (
  org_id integer not null,
  kind text not null,
  day date not null,
  lane integer not null,
  bits bit(2048) not null,
  PRIMARY KEY (org_id, kind, day, lane)
);
CREATE STATISTICS public.day_users_kinds (mcv) ON org_id, kind FROM day_users;
alter table day_users enable row level security, force row level security;
create policy analyst on day_users for select to twin_analyst using ((org_id = ( SELECT analyst_org() AS analyst_org)));
create policy tenant on day_users to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on day_users to twin_app;
grant delete, insert, select, update on day_users to twin_worker;
grant select (org_id, kind, day, lane, bits) on day_users to twin_analyst;

create table documents (
  org_id integer not null,
  activity_id uuid not null,
  user_id uuid not null,
  title text not null default ''::text,
  document_type text,
  content bytea,
  word_count integer,
  character_count integer,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null default now(),
  is_exported boolean not null generated always as (exported_at IS NOT NULL) stored,
  exported_at timestamp with time zone,
  metadata jsonb,
  search tsvector,
  PRIMARY KEY (org_id, activity_id)
) partition by RANGE (activity_id);
CREATE INDEX documents_org_id_created_at_idx ON public.documents USING btree (org_id, created_at);
CREATE INDEX documents_org_id_document_type_created_at_idx ON public.documents USING btree (org_id, document_type, created_at);
CREATE INDEX documents_org_id_user_id_created_at_idx ON public.documents USING btree (org_id, user_id, created_at);
CREATE INDEX documents_search_idx ON public.documents USING gin (search);
alter table documents enable row level security, force row level security;
create policy analyst on documents for select to twin_analyst using ((org_id = ( SELECT analyst_org() AS analyst_org)));
create policy reader on documents for select to twin_reader using (true);
create policy tenant on documents to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on documents to twin_app;
grant delete, insert, select, update on documents to twin_worker;
grant select (org_id, activity_id, search) on documents to twin_reader;
grant select (org_id, activity_id, user_id, document_type, word_count, character_count, created_at, updated_at, is_exported, exported_at) on documents to twin_analyst;

create table erasures (
  org_id integer not null,
  id uuid not null,
  user_id uuid not null,
  reason text not null,
  immediately boolean not null default false,
  status text not null default 'asked'::text,
  asked_at timestamp with time zone not null,
  asked_by text not null,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  counts jsonb not null default '{}'::jsonb,
  number integer,
  lines jsonb,
  PRIMARY KEY (org_id, id),
  CHECK ((((status = 'erased'::text) = (number IS NOT NULL)) AND ((number IS NULL) = (lines IS NULL)))),
  CHECK ((reason = ANY (ARRAY['asked_by_person'::text, 'left_company'::text, 'no_longer_needed'::text, 'legal_duty'::text]))),
  CHECK ((status = ANY (ARRAY['asked'::text, 'undone'::text, 'erasing'::text, 'erased'::text])))
);
CREATE INDEX erasures_org_id_asked_at_idx ON public.erasures USING btree (org_id, asked_at) WHERE (status = ANY (ARRAY['asked'::text, 'erasing'::text]));
CREATE INDEX erasures_org_id_user_id_asked_at_idx ON public.erasures USING btree (org_id, user_id, asked_at);
CREATE UNIQUE INDEX erasures_one_at_a_time ON public.erasures USING btree (org_id, user_id) WHERE (status = ANY (ARRAY['asked'::text, 'erasing'::text]));
CREATE UNIQUE INDEX erasures_org_id_number_idx ON public.erasures USING btree (org_id, number) WHERE (number IS NOT NULL);
alter table erasures enable row level security, force row level security;
create policy tenant on erasures to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on erasures to twin_app;
grant delete, insert, select, update on erasures to twin_worker;

create table export_chunks (
  org_id integer not null,
  export_id uuid not null,
  seq integer not null,
  sealed bytea not null,
  PRIMARY KEY (org_id, export_id, seq),
  FOREIGN KEY (org_id, export_id) REFERENCES exports(org_id, id) ON DELETE CASCADE
);
alter table export_chunks enable row level security, force row level security;
create policy tenant on export_chunks to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant delete, select on export_chunks to twin_app;
grant delete, insert, select, update on export_chunks to twin_worker;

create table exports (
  org_id integer not null,
  id uuid not null,
  user_id uuid not null,
  status text not null default 'queued'::text,
  requested_by text not null,
  requested_at timestamp with time zone not null,
  ready_at timestamp with time zone,
  claimed_at timestamp with time zone,
  fetched_at timestamp with time zone,
  expires_at timestamp with time zone not null,
  bytes bigint,
  wrapped bytea,
  error text,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, user_id) REFERENCES users(org_id, id) ON DELETE CASCADE,
  CHECK ((status = ANY (ARRAY['queued'::text, 'ready'::text, 'fetched'::text, 'expired'::text, 'failed'::text])))
);
CREATE INDEX exports_org_id_expires_at_idx ON public.exports USING btree (org_id, expires_at) WHERE (status = ANY (ARRAY['queued'::text, 'ready'::text]));
CREATE INDEX exports_org_id_user_id_requested_at_idx ON public.exports USING btree (org_id, user_id, requested_at);
alter table exports enable row level security, force row level security;
create policy tenant on exports to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on exports to twin_app;
grant delete, insert, select, update on exports to twin_worker;

create table external_ids (
  org_id integer not null,
  kind text not null,
  source text not null,
  key_hash bytea not null,
  id uuid not null,
  PRIMARY KEY (org_id, kind, source, key_hash),
  CHECK ((kind = ANY (ARRAY['user'::text, 'twin'::text, 'session'::text, 'activity'::text, 'feature'::text])))
);
CREATE INDEX external_ids_org_id_id_idx ON public.external_ids USING btree (org_id, id);
alter table external_ids enable row level security, force row level security;
create policy tenant on external_ids to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select on external_ids to twin_app;
grant delete, insert, select, update on external_ids to twin_worker;

create table feature_days (
  org_id integer not null,
  day date not null,
  feature_name text not null,
  usage_count integer not null,
  PRIMARY KEY (org_id, day, feature_name)
);
alter table feature_days enable row level security, force row level security;
create policy tenant on feature_days to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on feature_days to twin_app;
grant delete, insert, select, update on feature_days to twin_worker;

create table feature_events (
  org_id integer not null,
  id uuid not null,
  user_id uuid not null,
  feature_name text not null,
  used_at timestamp with time zone not null,
  count integer not null default 1,
  revised_at timestamp with time zone,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, user_id) REFERENCES users(org_id, id) ON DELETE CASCADE,
  CHECK ((count > 0)),
  CHECK ((uuid_time(id) = used_at))
) partition by RANGE (id);
CREATE INDEX feature_events_org_id_feature_name_id_idx ON public.feature_events USING btree (org_id, feature_name, id);
CREATE INDEX feature_events_org_id_user_id_id_idx ON public.feature_events USING btree (org_id, user_id, id);
alter table feature_events enable row level security, force row level security;
create policy tenant on feature_events to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on feature_events to twin_app;
grant delete, insert, select, update on feature_events to twin_worker;

create table feature_usage (
  org_id integer not null,
  usage_date date not null,
  n integer not null,
  feature_name text not null,
  usage_count integer not null default 1,
  last_used_at timestamp with time zone not null,
  PRIMARY KEY (org_id, usage_date, n, feature_name)
);
CREATE INDEX feature_usage_org_id_feature_name_usage_date_idx ON public.feature_usage USING btree (org_id, feature_name, usage_date);
CREATE INDEX feature_usage_org_id_n_usage_date_idx ON public.feature_usage USING btree (org_id, n, usage_date);
alter table feature_usage enable row level security, force row level security;
create policy analyst on feature_usage for select to twin_analyst using ((org_id = ( SELECT analyst_org() AS analyst_org)));
create policy tenant on feature_usage to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on feature_usage to twin_app;
grant delete, insert, select, update on feature_usage to twin_worker;
grant select (org_id, usage_date, n, feature_name, usage_count, last_used_at) on feature_usage to twin_analyst;

create sequence import_run_ids;
grant usage on import_run_ids to twin_worker;

create table import_runs (
  org_id integer not null,
  id integer not null default nextval('import_run_ids'::regclass),
  command text not null,
  source text not null,
  status text not null default 'running'::text,
  started_at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  outcome jsonb,
  made jsonb not null default '{}'::jsonb,
  undone jsonb not null default '{}'::jsonb,
  PRIMARY KEY (org_id, id),
  CHECK ((status = ANY (ARRAY['running'::text, 'done'::text, 'stopped'::text, 'failed'::text, 'undoing'::text, 'undone'::text])))
);
alter table import_runs enable row level security, force row level security;
create policy tenant on import_runs to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on import_runs to twin_app;
grant insert, select, update on import_runs to twin_worker;

create table imported_rows (
  org_id integer not null,
  run_id integer not null,
  id uuid not null,
  conversation_id uuid,
  kind text not null,
  PRIMARY KEY (org_id, id, run_id),
  CHECK ((kind = ANY (ARRAY['user'::text, 'twin'::text, 'installation'::text, 'session'::text, 'activity'::text, 'message'::text, 'feature'::text])))
);
CREATE INDEX imported_rows_org_id_run_id_kind_id_idx ON public.imported_rows USING btree (org_id, run_id, kind, id);
alter table imported_rows enable row level security, force row level security;
create policy tenant on imported_rows to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant delete, select on imported_rows to twin_app;
grant delete, insert, select, update on imported_rows to twin_worker;

create sequence job_run_ids;
grant usage on job_run_ids to twin_app;
grant usage on job_run_ids to twin_worker;

create table job_runs (
  org_id integer not null,
  id bigint not null default nextval('job_run_ids'::regclass),
  task text not null,
  job_key text,
  payload jsonb not null default '{}'::jsonb,
  status text not null default 'running'::text,
  started_at timestamp with time zone not null default clock_timestamp(),
  finished_at timestamp with time zone,
  attempt integer not null default 1,
  rows bigint,
  progress jsonb,
  error text,
  PRIMARY KEY (org_id, id),
  CHECK ((status = ANY (ARRAY['running'::text, 'done'::text, 'failed'::text, 'cancelled'::text])))
);
CREATE INDEX job_runs_org_id_id_idx ON public.job_runs USING btree (org_id, id) WHERE (status = 'running'::text);
CREATE INDEX job_runs_org_id_started_at_idx ON public.job_runs USING btree (org_id, started_at);
CREATE INDEX job_runs_org_id_task_started_at_idx ON public.job_runs USING btree (org_id, task, started_at);
alter table job_runs enable row level security, force row level security;
create policy tenant on job_runs to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on job_runs to twin_app;
grant delete, insert, select, update on job_runs to twin_worker;

create table legal_holds (
  org_id integer not null,
  id uuid not null,
  user_id uuid,
  reason text not null,
  placed_at timestamp with time zone not null,
  placed_by text not null,
  lifted_at timestamp with time zone,
  lifted_by text,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id) REFERENCES organizations(id) ON DELETE CASCADE,
  CHECK (((lifted_at IS NULL) = (lifted_by IS NULL)))
);
CREATE INDEX legal_holds_org_id_user_id_idx ON public.legal_holds USING btree (org_id, user_id) WHERE (lifted_at IS NULL);
alter table legal_holds enable row level security, force row level security;
create policy tenant on legal_holds to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on legal_holds to twin_app;
grant delete, insert, select, update on legal_holds to twin_worker;

create sequence lifecycle_run_ids;
grant usage on lifecycle_run_ids to twin_app;
grant usage on lifecycle_run_ids to twin_worker;

create table lifecycle_runs (
  org_id integer not null,
  id bigint not null default nextval('lifecycle_run_ids'::regclass),
  data_type text not null,
  cut timestamp with time zone,
  status text not null,
  reason text,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  row_counts jsonb not null default '{}'::jsonb,
  bytes bigint not null default 0,
  details jsonb not null default '{}'::jsonb,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id) REFERENCES organizations(id) ON DELETE CASCADE,
  CHECK (((status = 'running'::text) = (finished_at IS NULL))),
  CHECK ((data_type = ANY (ARRAY['activities'::text, 'messages'::text, 'sessions'::text, 'deleted_users'::text]))),
  CHECK ((status = ANY (ARRAY['running'::text, 'done'::text, 'stopped'::text, 'failed'::text, 'refused'::text])))
);
CREATE INDEX lifecycle_runs_org_id_data_type_id_idx ON public.lifecycle_runs USING btree (org_id, data_type, id);
CREATE UNIQUE INDEX lifecycle_runs_running ON public.lifecycle_runs USING btree (org_id, data_type) WHERE (status = 'running'::text);
alter table lifecycle_runs enable row level security, force row level security;
create policy analyst on lifecycle_runs for select to twin_analyst using ((org_id = ( SELECT analyst_org() AS analyst_org)));
create policy tenant on lifecycle_runs to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on lifecycle_runs to twin_app;
grant delete, insert, select, update on lifecycle_runs to twin_worker;
grant select (org_id, data_type, cut, row_counts) on lifecycle_runs to twin_analyst;

create table messages (
  org_id integer not null,
  conversation_id uuid not null,
  id uuid not null,
  user_id uuid,
  sender_type text not null,
  content bytea,
  token_count integer,
  seq integer,
  created_at timestamp with time zone not null,
  edited_at timestamp with time zone,
  is_edited boolean not null generated always as (edited_at IS NOT NULL) stored,
  metadata jsonb,
  revised_at timestamp with time zone,
  PRIMARY KEY (org_id, conversation_id, id),
  CHECK ((sender_type = ANY (ARRAY['user'::text, 'twin'::text]))),
  CHECK ((uuid_time(id) = created_at))
) partition by RANGE (conversation_id);
CREATE INDEX messages_org_id_id_idx ON public.messages USING btree (org_id, id);
CREATE INDEX messages_org_id_user_id_id_idx ON public.messages USING btree (org_id, user_id, id);
CREATE TRIGGER messages_count_added AFTER INSERT ON public.messages REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION messages_count_added();
CREATE TRIGGER messages_count_changed AFTER UPDATE ON public.messages REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION messages_count_changed();
CREATE TRIGGER messages_count_removed AFTER DELETE ON public.messages REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION messages_count_removed();
alter table messages enable row level security, force row level security;
create policy analyst on messages for select to twin_analyst using ((org_id = ( SELECT analyst_org() AS analyst_org)));
create policy tenant on messages to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on messages to twin_app;
grant delete, insert, select, update on messages to twin_worker;
grant select (org_id, conversation_id, id, sender_type, token_count, created_at, edited_at, is_edited) on messages to twin_analyst;

create table monthly_user_stats (
  org_id integer not null,
  n integer not null,
  month date not null,
  session_count integer not null default 0,
  activity_count integer not null default 0,
  duration_sum bigint not null default 0,
  duration_n integer not null default 0,
  PRIMARY KEY (org_id, n, month),
  CHECK ((EXTRACT(day FROM month) = (1)::numeric))
);
CREATE INDEX monthly_user_stats_org_id_month_idx ON public.monthly_user_stats USING btree (org_id, month);
alter table monthly_user_stats enable row level security, force row level security;
create policy reader on monthly_user_stats for select to twin_reader using (true);
create policy tenant on monthly_user_stats to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on monthly_user_stats to twin_app;
grant delete, insert, select, update on monthly_user_stats to twin_worker;
grant select (org_id, n, month, session_count, activity_count, duration_sum, duration_n) on monthly_user_stats to twin_reader;

create view monthly_user_stats_of_analyst with (security_barrier=true) as
 SELECT org_id,
    n,
    month,
    session_count,
    activity_count,
    avg_duration
   FROM mv_monthly_user_stats
  WHERE (org_id = ( SELECT analyst_org() AS analyst_org));
grant select on monthly_user_stats_of_analyst to twin_analyst;
-- owner twin_reader

create view monthly_user_stats_of_tenant with (security_barrier=true) as
 SELECT org_id,
    n,
    month,
    session_count,
    activity_count,
    avg_duration
   FROM mv_monthly_user_stats
  WHERE (org_id = app_org());
grant select on monthly_user_stats_of_tenant to twin_app;
grant select on monthly_user_stats_of_tenant to twin_worker;
-- owner twin_reader

create table months_asked (
  org_id integer not null,
  month date not null,
  asked_on date not null,
  PRIMARY KEY (org_id, month),
  CHECK ((EXTRACT(day FROM month) = (1)::numeric))
);
CREATE INDEX months_asked_org_id_asked_on_idx ON public.months_asked USING btree (org_id, asked_on);
alter table months_asked enable row level security, force row level security;
create policy tenant on months_asked to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on months_asked to twin_app;
grant delete, insert, select, update on months_asked to twin_worker;

create materialized view mv_monthly_user_stats as
 SELECT org_id,
    n,
    month,
    session_count,
    activity_count,
    ((duration_sum)::numeric / (NULLIF(duration_n, 0))::numeric) AS avg_duration
   FROM monthly_user_stats;
CREATE UNIQUE INDEX mv_monthly_user_stats_org_id_n_month_idx ON public.mv_monthly_user_stats USING btree (org_id, n, month);
-- owner twin_reader

create table ops.dirty_log (
  seq bigint not null generated always as identity,
  org_id integer not null,
  day date not null,
  n integer,
  received_at timestamp with time zone not null default clock_timestamp(),
  recount boolean not null default true,
  PRIMARY KEY (seq)
);
CREATE INDEX dirty_log_org_id_day_idx ON ops.dirty_log USING btree (org_id, day);
grant insert, select on ops.dirty_log to twin_app;
grant delete, insert, select, update on ops.dirty_log to twin_worker;

create table ops.hour_changes (
  org_id integer not null,
  at timestamp with time zone not null,
  platform text not null,
  activities integer not null
);
CREATE INDEX hour_changes_org_id_at_idx ON ops.hour_changes USING btree (org_id, at);
grant insert, select on ops.hour_changes to twin_app;
grant delete, insert, select, update on ops.hour_changes to twin_worker;

create table ops.key_encryption_keys (
  version integer not null,
  fingerprint bytea not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  PRIMARY KEY (version)
);
grant insert, select on ops.key_encryption_keys to twin_app;
grant insert, select on ops.key_encryption_keys to twin_worker;

create table ops.migrations (
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null default clock_timestamp(),
  PRIMARY KEY (name)
);

create table org_counters (
  org_id integer not null,
  last_user_n integer not null default 0,
  PRIMARY KEY (org_id),
  FOREIGN KEY (org_id) REFERENCES organizations(id) ON DELETE CASCADE
);
alter table org_counters enable row level security, force row level security;
create policy tenant on org_counters to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on org_counters to twin_app;
grant delete, insert, select, update on org_counters to twin_worker;

create table org_keys (
  org_id integer not null,
  purpose text not null,
  wrapped bytea not null,
  created_at timestamp with time zone not null default now(),
  PRIMARY KEY (org_id, purpose)
);
alter table org_keys enable row level security, force row level security;
create policy tenant on org_keys to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on org_keys to twin_app;
grant delete, insert, select, update on org_keys to twin_worker;

create sequence organization_ids;
grant usage on organization_ids to twin_auth;

create table organizations (
  id integer not null,
  name text not null,
  time_zone text not null default 'UTC'::text,
  sealed_from timestamp with time zone,
  sealed_before timestamp with time zone,
  history_from timestamp with time zone not null default '2000-01-01 00:00:00+00'::timestamp with time zone,
  truncate_ip boolean not null default true,
  search_enabled boolean not null default true,
  figures_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  reach_days integer not null default 1,
  purged_before timestamp with time zone,
  turn_at timestamp with time zone[],
  turn_day date[],
  turn_zone text[],
  closed_at timestamp with time zone,
  PRIMARY KEY (id),
  CHECK ((((turn_at IS NULL) = (turn_day IS NULL)) AND ((turn_at IS NULL) = (turn_zone IS NULL)))),
  CHECK (((cardinality(turn_at) = cardinality(turn_day)) AND (cardinality(turn_at) = (cardinality(turn_zone) + 1)))),
  CHECK (((reach_days >= 1) AND (reach_days <= 36500))),
  CHECK (((sealed_from IS NULL) = (sealed_before IS NULL))),
  CHECK ((sealed_from <= sealed_before))
);
alter table organizations enable row level security, force row level security;
create policy analyst on organizations for select to twin_analyst using ((id = ( SELECT analyst_org() AS analyst_org)));
create policy tenant on organizations to twin_app, twin_owner, twin_worker using ((id = app_org())) with check ((id = app_org()));
grant select, update on organizations to twin_app;
grant delete, insert, select, update on organizations to twin_worker;
grant select (id, time_zone, turn_at, turn_day, turn_zone) on organizations to twin_analyst;

create table owner_corrections (
  org_id integer not null,
  twin_id uuid not null,
  upto uuid,
  PRIMARY KEY (org_id, twin_id),
  FOREIGN KEY (org_id, twin_id) REFERENCES twins(org_id, id) ON DELETE CASCADE
);
alter table owner_corrections enable row level security, force row level security;
create policy tenant on owner_corrections to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on owner_corrections to twin_app;
grant delete, insert, select, update on owner_corrections to twin_worker;

create table platform_days (
  org_id integer not null,
  day date not null,
  platform text not null,
  sessions integer not null default 0,
  ended_sessions integer not null default 0,
  session_seconds bigint not null default 0,
  conversations integer not null default 0,
  query_activities integer not null default 0,
  document_activities integer not null default 0,
  shared_activities integer not null default 0,
  timed_activities integer not null default 0,
  activity_seconds bigint not null default 0,
  user_messages integer not null default 0,
  twin_messages integer not null default 0,
  tokens bigint not null default 0,
  documents integer not null default 0,
  queries integer not null default 0,
  shared_interactions integer not null default 0,
  helpful_yes integer not null default 0,
  helpful_no integer not null default 0,
  PRIMARY KEY (org_id, day, platform)
);
alter table platform_days enable row level security, force row level security;
create policy tenant on platform_days to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on platform_days to twin_app;
grant delete, insert, select, update on platform_days to twin_worker;

create table queries (
  org_id integer not null,
  activity_id uuid not null,
  user_id uuid not null,
  query_text bytea,
  query_type text,
  results_count integer not null default 0,
  retrieved_info bytea,
  sources jsonb,
  created_at timestamp with time zone not null,
  search tsvector,
  PRIMARY KEY (org_id, activity_id)
) partition by RANGE (activity_id);
CREATE INDEX queries_org_id_created_at_idx ON public.queries USING btree (org_id, created_at);
CREATE INDEX queries_org_id_query_type_created_at_idx ON public.queries USING btree (org_id, query_type, created_at);
CREATE INDEX queries_org_id_user_id_created_at_idx ON public.queries USING btree (org_id, user_id, created_at);
CREATE INDEX queries_search_idx ON public.queries USING gin (search);
alter table queries enable row level security, force row level security;
create policy analyst on queries for select to twin_analyst using ((org_id = ( SELECT analyst_org() AS analyst_org)));
create policy reader on queries for select to twin_reader using (true);
create policy tenant on queries to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on queries to twin_app;
grant delete, insert, select, update on queries to twin_worker;
grant select (org_id, activity_id, search) on queries to twin_reader;
grant select (org_id, activity_id, user_id, query_type, results_count, created_at) on queries to twin_analyst;

create table restorations (
  org_id integer not null,
  month date not null,
  status text not null,
  asked_by text not null,
  asked_at timestamp with time zone not null,
  restored_at timestamp with time zone,
  expires_at timestamp with time zone,
  activity_count bigint not null default 0,
  row_count bigint not null default 0,
  error text,
  PRIMARY KEY (org_id, month),
  FOREIGN KEY (org_id) REFERENCES organizations(id) ON DELETE CASCADE,
  CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text, 'dropping'::text])))
);
alter table restorations enable row level security, force row level security;
create policy tenant on restorations to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on restorations to twin_app;
grant delete, insert, select, update on restorations to twin_worker;

create table restored.activities (
  org_id integer not null,
  id uuid not null,
  user_id uuid not null,
  twin_id uuid not null,
  session_id uuid,
  session_named boolean not null default false,
  activity_type text not null,
  action_description text,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  duration_seconds integer generated always as floor(EXTRACT(epoch FROM (ended_at - started_at))) stored,
  platform text not null,
  device_type text,
  metadata jsonb,
  revised_at timestamp with time zone,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, user_id) REFERENCES users(org_id, id) ON DELETE CASCADE DEFERRABLE,
  CHECK ((activity_type = ANY (ARRAY['conversation'::text, 'query'::text, 'document'::text, 'shared'::text]))),
  CHECK ((ended_at >= started_at)),
  CHECK ((uuid_time(id) = started_at))
);
CREATE INDEX activities_org_id_activity_type_id_idx ON restored.activities USING btree (org_id, activity_type, id);
CREATE INDEX activities_org_id_platform_id_idx ON restored.activities USING btree (org_id, platform, id);
CREATE INDEX activities_org_id_session_id_idx ON restored.activities USING btree (org_id, session_id) WHERE (session_id IS NOT NULL);
CREATE INDEX activities_org_id_twin_id_id_idx ON restored.activities USING btree (org_id, twin_id, id);
CREATE INDEX activities_org_id_user_id_id_idx ON restored.activities USING btree (org_id, user_id, id);
alter table restored.activities enable row level security, force row level security;
create policy tenant on restored.activities to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on restored.activities to twin_app;
grant delete, insert, select, update on restored.activities to twin_worker;

create table restored.conversations (
  org_id integer not null,
  activity_id uuid not null,
  title text,
  topic text,
  message_count integer not null default 0,
  total_tokens integer not null default 0,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  summary bytea,
  summarised_at timestamp with time zone,
  summarised_until timestamp with time zone,
  summary_keep text,
  summary_model text,
  summary_author_ids uuid[],
  inherited_from timestamp with time zone,
  PRIMARY KEY (org_id, activity_id),
  FOREIGN KEY (org_id, activity_id) REFERENCES restored.activities(org_id, id) ON DELETE CASCADE
);
CREATE INDEX conversations_org_id_activity_id_idx ON restored.conversations USING btree (org_id, activity_id) WHERE (summary_author_ids IS NOT NULL);
CREATE INDEX conversations_org_id_topic_activity_id_idx ON restored.conversations USING btree (org_id, topic, activity_id) WHERE (topic IS NOT NULL);
alter table restored.conversations enable row level security, force row level security;
create policy tenant on restored.conversations to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on restored.conversations to twin_app;
grant delete, insert, select, update on restored.conversations to twin_worker;

create table restored.documents (
  org_id integer not null,
  activity_id uuid not null,
  user_id uuid not null,
  title text not null default ''::text,
  document_type text,
  content bytea,
  word_count integer,
  character_count integer,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null default now(),
  is_exported boolean not null generated always as (exported_at IS NOT NULL) stored,
  exported_at timestamp with time zone,
  metadata jsonb,
  search tsvector,
  PRIMARY KEY (org_id, activity_id),
  FOREIGN KEY (org_id, activity_id) REFERENCES restored.activities(org_id, id) ON DELETE CASCADE
);
CREATE INDEX documents_org_id_created_at_idx ON restored.documents USING btree (org_id, created_at);
CREATE INDEX documents_org_id_document_type_created_at_idx ON restored.documents USING btree (org_id, document_type, created_at);
CREATE INDEX documents_org_id_user_id_created_at_idx ON restored.documents USING btree (org_id, user_id, created_at);
CREATE INDEX documents_search_idx ON restored.documents USING gin (search);
alter table restored.documents enable row level security, force row level security;
create policy tenant on restored.documents to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on restored.documents to twin_app;
grant delete, insert, select, update on restored.documents to twin_worker;

create table restored.feature_events (
  org_id integer not null,
  id uuid not null,
  user_id uuid not null,
  feature_name text not null,
  used_at timestamp with time zone not null,
  count integer not null default 1,
  revised_at timestamp with time zone,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, user_id) REFERENCES users(org_id, id) ON DELETE CASCADE DEFERRABLE,
  CHECK ((count > 0)),
  CHECK ((uuid_time(id) = used_at))
);
CREATE INDEX feature_events_org_id_feature_name_id_idx ON restored.feature_events USING btree (org_id, feature_name, id);
CREATE INDEX feature_events_org_id_user_id_id_idx ON restored.feature_events USING btree (org_id, user_id, id);
alter table restored.feature_events enable row level security, force row level security;
create policy tenant on restored.feature_events to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on restored.feature_events to twin_app;
grant delete, insert, select, update on restored.feature_events to twin_worker;

create table restored.messages (
  org_id integer not null,
  conversation_id uuid not null,
  id uuid not null,
  user_id uuid,
  sender_type text not null,
  content bytea,
  token_count integer,
  seq integer,
  created_at timestamp with time zone not null,
  edited_at timestamp with time zone,
  is_edited boolean not null generated always as (edited_at IS NOT NULL) stored,
  metadata jsonb,
  revised_at timestamp with time zone,
  PRIMARY KEY (org_id, conversation_id, id),
  FOREIGN KEY (org_id, conversation_id) REFERENCES restored.conversations(org_id, activity_id) ON DELETE CASCADE,
  FOREIGN KEY (org_id, user_id) REFERENCES users(org_id, id) ON DELETE SET NULL (user_id) DEFERRABLE,
  CHECK ((sender_type = ANY (ARRAY['user'::text, 'twin'::text]))),
  CHECK ((uuid_time(id) = created_at))
);
CREATE INDEX messages_org_id_id_idx ON restored.messages USING btree (org_id, id);
CREATE INDEX messages_org_id_user_id_id_idx ON restored.messages USING btree (org_id, user_id, id);
alter table restored.messages enable row level security, force row level security;
create policy tenant on restored.messages to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on restored.messages to twin_app;
grant delete, insert, select, update on restored.messages to twin_worker;

create table restored.queries (
  org_id integer not null,
  activity_id uuid not null,
  user_id uuid not null,
  query_text bytea,
  query_type text,
  results_count integer not null default 0,
  retrieved_info bytea,
  sources jsonb,
  created_at timestamp with time zone not null,
  search tsvector,
  PRIMARY KEY (org_id, activity_id),
  FOREIGN KEY (org_id, activity_id) REFERENCES restored.activities(org_id, id) ON DELETE CASCADE
);
CREATE INDEX queries_org_id_created_at_idx ON restored.queries USING btree (org_id, created_at);
CREATE INDEX queries_org_id_query_type_created_at_idx ON restored.queries USING btree (org_id, query_type, created_at);
CREATE INDEX queries_org_id_user_id_created_at_idx ON restored.queries USING btree (org_id, user_id, created_at);
CREATE INDEX queries_search_idx ON restored.queries USING gin (search);
alter table restored.queries enable row level security, force row level security;
create policy tenant on restored.queries to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on restored.queries to twin_app;
grant delete, insert, select, update on restored.queries to twin_worker;

create table restored.shared_twin_interactions (
  org_id integer not null,
  activity_id uuid not null,
  accessing_user_id uuid not null,
  twin_owner_id uuid,
  twin_id uuid not null,
  interaction_purpose text,
  interaction_summary bytea,
  was_helpful boolean,
  created_at timestamp with time zone not null,
  is_sent boolean not null default false,
  PRIMARY KEY (org_id, activity_id),
  FOREIGN KEY (org_id, activity_id) REFERENCES restored.activities(org_id, id) ON DELETE CASCADE,
  FOREIGN KEY (org_id, twin_owner_id) REFERENCES users(org_id, id) ON DELETE SET NULL (twin_owner_id) DEFERRABLE
);
CREATE INDEX shared_twin_interactions_org_id_accessing_user_id_created_a_idx ON restored.shared_twin_interactions USING btree (org_id, accessing_user_id, created_at);
CREATE INDEX shared_twin_interactions_org_id_created_at_idx ON restored.shared_twin_interactions USING btree (org_id, created_at);
CREATE INDEX shared_twin_interactions_org_id_twin_id_created_at_idx ON restored.shared_twin_interactions USING btree (org_id, twin_id, created_at);
CREATE INDEX shared_twin_interactions_org_id_twin_owner_id_created_at_idx ON restored.shared_twin_interactions USING btree (org_id, twin_owner_id, created_at);
alter table restored.shared_twin_interactions enable row level security, force row level security;
create policy tenant on restored.shared_twin_interactions to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on restored.shared_twin_interactions to twin_app;
grant delete, insert, select, update on restored.shared_twin_interactions to twin_worker;

create table retention_policies (
  org_id integer not null,
  data_type text not null,
  keep_count integer not null,
  keep_unit text not null,
  pending_count integer,
  pending_unit text,
  pending_from timestamp with time zone,
  changed_at timestamp with time zone not null,
  changed_by text not null,
  PRIMARY KEY (org_id, data_type),
  FOREIGN KEY (org_id) REFERENCES organizations(id) ON DELETE CASCADE,
  CHECK ((((pending_count IS NULL) = (pending_from IS NULL)) AND ((pending_unit IS NULL) = (pending_from IS NULL)))),
  CHECK ((data_type = ANY (ARRAY['activities'::text, 'messages'::text, 'sessions'::text, 'deleted_users'::text]))),
  CHECK ((keep_count > 0)),
  CHECK ((keep_unit = ANY (ARRAY['day'::text, 'month'::text, 'year'::text]))),
  CHECK ((pending_count > 0)),
  CHECK ((pending_unit = ANY (ARRAY['day'::text, 'month'::text, 'year'::text])))
);
alter table retention_policies enable row level security, force row level security;
create policy tenant on retention_policies to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on retention_policies to twin_app;
grant delete, insert, select, update on retention_policies to twin_worker;

create table sessions (
  org_id integer not null,
  id uuid not null,
  user_id uuid not null,
  twin_id uuid,
  platform text not null,
  device_type text,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  duration_seconds integer generated always as floor(EXTRACT(epoch FROM (ended_at - started_at))) stored,
  interaction_count integer not null default 0,
  ip_address inet,
  user_agent text,
  is_derived boolean not null default false,
  revised_at timestamp with time zone,
  row_began_at timestamp with time zone,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, user_id) REFERENCES users(org_id, id) ON DELETE CASCADE,
  CHECK ((ended_at >= started_at)),
  CHECK ((row_began_at < started_at)),
  CHECK ((uuid_time(id) = started_at))
) partition by RANGE (id);
CREATE INDEX sessions_long_derived ON public.sessions USING btree (org_id, user_id, id) WHERE (is_derived AND ((ended_at - started_at) > '1 day'::interval));
CREATE INDEX sessions_org_id_platform_id_idx ON public.sessions USING btree (org_id, platform, id);
CREATE INDEX sessions_org_id_twin_id_id_idx ON public.sessions USING btree (org_id, twin_id, id) WHERE (twin_id IS NOT NULL);
CREATE INDEX sessions_org_id_user_id_id_idx ON public.sessions USING btree (org_id, user_id, id);
CREATE TRIGGER sessions_touch_users AFTER INSERT ON public.sessions REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION sessions_touch_users();
alter table sessions enable row level security, force row level security;
create policy analyst on sessions for select to twin_analyst using ((org_id = ( SELECT analyst_org() AS analyst_org)));
create policy tenant on sessions to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on sessions to twin_app;
grant delete, insert, select, update on sessions to twin_worker;
grant select (org_id, id, user_id, twin_id, platform, device_type, started_at, ended_at, duration_seconds, interaction_count, ip_address, user_agent) on sessions to twin_analyst;

create table shared_twin_interactions (
  org_id integer not null,
  activity_id uuid not null,
  accessing_user_id uuid not null,
  twin_owner_id uuid,
  twin_id uuid not null,
  interaction_purpose text,
  interaction_summary bytea,
  was_helpful boolean,
  created_at timestamp with time zone not null,
  is_sent boolean not null default false,
  PRIMARY KEY (org_id, activity_id)
) partition by RANGE (activity_id);
CREATE INDEX shared_twin_interactions_org_id_accessing_user_id_created_a_idx ON public.shared_twin_interactions USING btree (org_id, accessing_user_id, created_at);
CREATE INDEX shared_twin_interactions_org_id_created_at_idx ON public.shared_twin_interactions USING btree (org_id, created_at);
CREATE INDEX shared_twin_interactions_org_id_twin_id_created_at_idx ON public.shared_twin_interactions USING btree (org_id, twin_id, created_at);
CREATE INDEX shared_twin_interactions_org_id_twin_owner_id_created_at_idx ON public.shared_twin_interactions USING btree (org_id, twin_owner_id, created_at);
alter table shared_twin_interactions enable row level security, force row level security;
create policy analyst on shared_twin_interactions for select to twin_analyst using ((org_id = ( SELECT analyst_org() AS analyst_org)));
create policy tenant on shared_twin_interactions to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant delete, insert, select, update on shared_twin_interactions to twin_app;
grant delete, insert, select, update on shared_twin_interactions to twin_worker;
grant select (org_id, activity_id, accessing_user_id, twin_owner_id, twin_id, was_helpful, created_at) on shared_twin_interactions to twin_analyst;

create table tombstones (
  org_id integer not null,
  key_hash bytea not null,
  erased_at timestamp with time zone not null default now(),
  erasure_id uuid,
  PRIMARY KEY (org_id, key_hash)
);
CREATE INDEX tombstones_org_id_erasure_id_idx ON public.tombstones USING btree (org_id, erasure_id);
alter table tombstones enable row level security, force row level security;
create policy tenant on tombstones to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant delete, insert, select on tombstones to twin_app;
grant delete, insert, select, update on tombstones to twin_worker;

create table twin_installations (
  org_id integer not null,
  id uuid not null,
  twin_id uuid not null,
  platform text not null,
  workspace_id text,
  workspace_name text,
  installed_at timestamp with time zone,
  uninstalled_at timestamp with time zone,
  is_active boolean not null generated always as (uninstalled_at IS NULL) stored,
  revised_at timestamp with time zone,
  installed_at_known boolean not null default true,
  PRIMARY KEY (org_id, id),
  UNIQUE NULLS NOT DISTINCT (org_id, twin_id, platform, workspace_id, installed_at),
  FOREIGN KEY (org_id, twin_id) REFERENCES twins(org_id, id) ON DELETE CASCADE,
  CHECK (((installed_at IS NOT NULL) OR (NOT installed_at_known))),
  CHECK ((uninstalled_at >= installed_at))
);
CREATE INDEX twin_installations_org_id_installed_at_idx ON public.twin_installations USING btree (org_id, installed_at);
CREATE INDEX twin_installations_org_id_platform_installed_at_idx ON public.twin_installations USING btree (org_id, platform, installed_at);
CREATE INDEX twin_installations_org_id_workspace_id_idx ON public.twin_installations USING btree (org_id, workspace_id) WHERE (workspace_id IS NOT NULL);
CREATE UNIQUE INDEX twin_installations_open_spell ON public.twin_installations USING btree (org_id, twin_id, platform, workspace_id) NULLS NOT DISTINCT WHERE (uninstalled_at IS NULL);
CREATE UNIQUE INDEX twin_installations_undated ON public.twin_installations USING btree (org_id, twin_id, platform, workspace_id) NULLS NOT DISTINCT WHERE (NOT installed_at_known);
alter table twin_installations enable row level security, force row level security;
create policy analyst on twin_installations for select to twin_analyst using ((org_id = ( SELECT analyst_org() AS analyst_org)));
create policy tenant on twin_installations to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on twin_installations to twin_app;
grant delete, insert, select, update on twin_installations to twin_worker;
grant select (org_id, id, twin_id, platform, workspace_id, workspace_name, installed_at, uninstalled_at, is_active) on twin_installations to twin_analyst;

create table twin_months (
  org_id integer not null,
  twin_id uuid not null,
  month date not null,
  activities integer not null,
  PRIMARY KEY (org_id, twin_id, month) INCLUDE (activities),
  CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
  CHECK ((activities > 0))
);
CREATE INDEX twin_months_busiest ON public.twin_months USING btree (org_id, month, activities, twin_id);
alter table twin_months enable row level security, force row level security;
create policy tenant on twin_months to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on twin_months to twin_app;
grant delete, insert, select, update on twin_months to twin_worker;

create table twins (
  org_id integer not null,
  id uuid not null,
  user_id uuid,
  name text not null,
  description text,
  is_shared boolean not null default false,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  last_trained_at timestamp with time zone,
  document_count integer not null default 0,
  email_count integer not null default 0,
  revised_at timestamp with time zone,
  owner_revised_at timestamp with time zone,
  owner_by_hand boolean not null default false,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, user_id) REFERENCES users(org_id, id) ON DELETE SET NULL (user_id)
);
CREATE INDEX twins_org_id_id_idx ON public.twins USING btree (org_id, id) WHERE is_shared;
CREATE INDEX twins_org_id_user_id_idx ON public.twins USING btree (org_id, user_id);
alter table twins enable row level security, force row level security;
create policy analyst on twins for select to twin_analyst using ((org_id = ( SELECT analyst_org() AS analyst_org)));
create policy tenant on twins to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on twins to twin_app;
grant delete, insert, select, update on twins to twin_worker;
grant select (org_id, id, user_id, is_shared, created_at, updated_at, last_trained_at, document_count, email_count) on twins to twin_analyst;

create table user_days (
  org_id integer not null,
  day date not null,
  n integer not null,
  twin_id uuid not null default '00000000-0000-0000-0000-000000000000'::uuid,
  platform text not null,
  sessions integer not null default 0,
  ended_sessions integer not null default 0,
  session_seconds bigint not null default 0,
  conversations integer not null default 0,
  query_activities integer not null default 0,
  document_activities integer not null default 0,
  shared_activities integer not null default 0,
  timed_activities integer not null default 0,
  activity_seconds bigint not null default 0,
  user_messages integer not null default 0,
  twin_messages integer not null default 0,
  tokens bigint not null default 0,
  documents integer not null default 0,
  queries integer not null default 0,
  shared_interactions integer not null default 0,
  helpful_yes integer not null default 0,
  helpful_no integer not null default 0,
  PRIMARY KEY (org_id, day, n, twin_id, platform)
);
CREATE INDEX user_days_person ON public.user_days USING btree (org_id, n, day) INCLUDE (sessions);
CREATE INDEX user_days_shared ON public.user_days USING btree (org_id, day) INCLUDE (platform, twin_id, n, shared_interactions, helpful_yes, helpful_no) WHERE (shared_interactions > 0);
CREATE INDEX user_days_twin ON public.user_days USING btree (org_id, twin_id, day);
alter table user_days enable row level security, force row level security;
create policy tenant on user_days to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on user_days to twin_app;
grant delete, insert, select, update on user_days to twin_worker;

create table user_keys (
  org_id integer not null,
  user_id uuid not null,
  version integer not null default 1,
  wrapped bytea not null,
  created_at timestamp with time zone not null default now(),
  PRIMARY KEY (org_id, user_id, version),
  FOREIGN KEY (org_id, user_id) REFERENCES users(org_id, id) ON DELETE CASCADE
);
alter table user_keys enable row level security, force row level security;
create policy tenant on user_keys to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on user_keys to twin_app;
grant delete, insert, select, update on user_keys to twin_worker;

create table user_retention (
  org_id integer not null,
  n integer not null,
  cohort_date date not null,
  day_1_active boolean,
  day_7_active boolean,
  day_30_active boolean,
  total_sessions integer not null default 0,
  last_calculated_at timestamp with time zone not null default now(),
  PRIMARY KEY (org_id, n)
);
CREATE INDEX user_retention_org_id_cohort_date_idx ON public.user_retention USING btree (org_id, cohort_date);
alter table user_retention enable row level security, force row level security;
create policy analyst on user_retention for select to twin_analyst using ((org_id = ( SELECT analyst_org() AS analyst_org)));
create policy tenant on user_retention to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant select on user_retention to twin_app;
grant delete, insert, select, update on user_retention to twin_worker;
grant select (org_id, n, cohort_date, day_1_active, day_7_active, day_30_active, total_sessions, last_calculated_at) on user_retention to twin_analyst;

create table users (
  org_id integer not null,
  id uuid not null,
  n integer not null,
  email text not null,
  email_key text not null,
  full_name text not null,
  company text,
  department text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  last_active_at timestamp with time zone,
  is_active boolean not null default true,
  timezone text not null default 'UTC'::text,
  first_day date,
  deleted_at timestamp with time zone,
  field_revisions jsonb not null default '{}'::jsonb,
  created_at_source text not null default 'sent'::text,
  name_key text not null generated always as lower(full_name) stored,
  PRIMARY KEY (org_id, id),
  UNIQUE (org_id, email_key),
  UNIQUE (org_id, n),
  FOREIGN KEY (org_id) REFERENCES organizations(id) ON DELETE CASCADE,
  CHECK ((created_at_source = ANY (ARRAY['sent'::text, 'derived'::text, 'arrival'::text]))),
  CHECK ((n > 0))
) with (fillfactor=85);
CREATE INDEX users_first_day ON public.users USING btree (org_id, first_day) WHERE (first_day IS NOT NULL);
CREATE INDEX users_name ON public.users USING btree (org_id, name_key, n) WHERE (deleted_at IS NULL);
CREATE INDEX users_org_id_company_idx ON public.users USING btree (org_id, company) WHERE (company IS NOT NULL);
CREATE INDEX users_org_id_created_at_idx ON public.users USING btree (org_id, created_at);
CREATE INDEX users_org_id_deleted_at_idx ON public.users USING btree (org_id, deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX users_org_id_last_active_at_idx ON public.users USING btree (org_id, last_active_at DESC NULLS LAST);
CREATE INDEX users_undated ON public.users USING btree (org_id, n) WHERE (created_at_source <> 'sent'::text);
alter table users enable row level security, force row level security;
create policy analyst on users for select to twin_analyst using ((org_id = ( SELECT analyst_org() AS analyst_org)));
create policy tenant on users to twin_app, twin_owner, twin_worker using ((org_id = app_org())) with check ((org_id = app_org()));
grant insert, select, update on users to twin_app;
grant delete, insert, select, update on users to twin_worker;
grant select (org_id, id, n, company, department, created_at, updated_at, last_active_at, is_active, timezone) on users to twin_analyst;
