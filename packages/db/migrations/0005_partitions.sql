-- Months of UTC, made ahead and dropped whole. There is no default partition: a row without its month is a loud error.

-- Makes the partitions of the month that holds any_day, in all partitioned tables; true where it made one.
-- CREATE TABLE … LIKE and then ATTACH: a parent's readers and writers aren't locked out. Foreign keys between
-- partitioned tables run from sibling to sibling, because a key between parents makes a detach scan them all.
-- This is dangerous inside a transaction that already writes: two of them deadlock. Give it a transaction of its own.
create function ensure_month(any_day date) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
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
end $$;
revoke execute on function ensure_month from public;
grant execute on function ensure_month to twin_app, twin_worker;

-- Drops those partitions of a month that are empty for every organisation, children before what they refer to, and
-- answers with their names. A partition that still holds a row keeps all that it refers to. The partition itself is
-- read, where no row-level security hides another organisation's rows.
create function drop_month(any_day date) returns text[]
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  month constant text := to_char(any_day, 'YYYY_MM');
  family text;
  part text;
  present text[];
  is_empty boolean;
  details_left boolean := false;
  dropped text[] := '{}';
begin
  perform pg_advisory_xact_lock(hashtext('twin: partitions'));
  select coalesce(array_agg(c.relname), '{}') into present
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname like '%\_' || month;
  foreach family in array array['messages', 'conversations', 'documents', 'queries', 'shared_twin_interactions',
    'activities', 'sessions', 'feature_events']
  loop
    part := family || '_' || month;
    continue when part <> all (present);
    if family = 'conversations' and 'messages_' || month = any (present) and not 'messages_' || month = any (dropped)
      or family = 'activities' and details_left
    then
      details_left := true;
      continue;
    end if;
    execute format('select not exists (select from %I)', part) into is_empty;
    if is_empty then
      -- The parent first, as every reader locks them: the other order deadlocks with it. Then look again.
      execute format('lock table only %I in access exclusive mode', family);
      execute format('lock table %I in access exclusive mode', part);
      execute format('select not exists (select from %I)', part) into is_empty;
    end if;
    if is_empty then
      execute format('drop table %I', part);
      dropped := dropped || part;
    elsif family in ('messages', 'conversations', 'documents', 'queries', 'shared_twin_interactions') then
      details_left := true;
    end if;
  end loop;
  return dropped;
end $$;
revoke execute on function drop_month from public;
grant execute on function drop_month to twin_worker;
