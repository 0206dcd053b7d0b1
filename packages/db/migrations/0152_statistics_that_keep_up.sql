-- Analyses what has grown to more than four times the size that its statistics tell of: partitions of the months, and tables
-- that have none. On the first day of a month, or in a long import, autovacuum comes a minute too late: until then the
-- planner takes any index to find nothing, and reads the whole organisation's rows for each person.
create function analyze_outgrown(months date[]) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
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
end $$;
revoke execute on function analyze_outgrown from public;
grant execute on function analyze_outgrown to twin_worker;
