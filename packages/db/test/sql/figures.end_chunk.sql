-- takes: org_id int, backfill_id bigint, chunk int, person_days int, skipped int, changes int, job_run_id bigint?
-- gives: 
update backfill_chunks c set done_at = clock_timestamp(), person_days = $1::int, days_skipped = $2::int, changes = $3::int, job_run_id = $4::bigint,
  seconds = extract(epoch from clock_timestamp() - b.moved_at)
from backfills b where b.org_id = (select $5::int) and b.id = $6::bigint and c.org_id = (select $5::int) and c.backfill_id = $6::bigint and c.chunk = $7::int;
