-- takes: org_id int
-- gives: queued int, running int, failed int, oldest_seconds float8?, workers int, as_of timestamptz?, days_waiting int, filling boolean
select q.queued, q.running, q.failed, q.oldest_seconds, living_workers() as workers,
  (select figures_at from organizations where id = (select $1::int)) as as_of,
  (select count(distinct day)::int from ops.dirty_log where org_id = (select $1::int)) as days_waiting,
  exists (
    select from job_runs where org_id = (select $1::int) and status = 'running' and task = 'demo/fill'
  ) as filling
from queue_status((select $1::int)) q;
