-- Whoever waits for the queue waits for the monthly view too: its refresh may be put off for longer than ten seconds where
-- it takes long (`metrics/refresh-views`), and until then the view is behind the figures.
create or replace function queue_status(org int) returns table (queued int, waiting int, running int, failed int, oldest_seconds float8)
language plpgsql stable security definer set search_path = '' as $$
declare
  refresh int := (select t.id from graphile_worker._private_tasks t where t.identifier = 'metrics/refresh-views');
begin
  return query
  select count(*) filter (where j.locked_at is null and j.attempts < j.max_attempts)::int,
    count(*) filter (where j.locked_at is null and j.attempts < j.max_attempts
      and (j.run_at <= pg_catalog.now() + interval '10 seconds' or j.task_id = refresh))::int,
    count(*) filter (where j.locked_at is not null)::int,
    count(*) filter (where j.locked_at is null and j.attempts >= j.max_attempts)::int,
    extract(epoch from pg_catalog.now() - min(j.run_at) filter (where j.locked_at is null and j.attempts < j.max_attempts and j.run_at <= pg_catalog.now()))::float8
  from graphile_worker._private_jobs j
  where org is null or j.payload ->> 'org_id' is null or j.payload ->> 'org_id' = org::text;
end $$;
