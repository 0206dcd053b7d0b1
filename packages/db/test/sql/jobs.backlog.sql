-- takes: 
-- gives: waiting int, running int, failed int, workers int, days int
select q.waiting, q.running, q.failed, living_workers() as workers,
  (select count(*)::int from (select distinct org_id, day from ops.dirty_log) d) as days
from queue_status(null) q;
