-- Dropping a month locks out everyone who reads or writes these tables, and what they refer to, so it must be over soon and
-- must never be the one that others deadlock with: all locks are taken at once, at the beginning, in one order, and waited
-- for a quarter of a second in all, which is less than the server waits before it looks for a deadlock.

-- Drops those partitions of a month that are empty for every organisation, children before what they refer to, and
-- answers with their names. A partition that still holds a row keeps all that it refers to. The partition itself is
-- read, where no row-level security hides another organisation's rows. One whose dead rows lie about still is left for
-- the time after its vacuum, because reading through them would take long under the locks.
-- Raises lock_not_available where somebody is in the way: nothing has changed, try again.
create or replace function drop_month(any_day date) returns text[]
language plpgsql security definer set search_path = public, pg_temp as $$
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
end $$;
