-- takes: org_id int, id bigint
-- gives: status text
update backfills b set moved_at = clock_timestamp(),
  status = case when t.is_left then case when b.status = 'queued' then 'running' else b.status end else 'done' end,
  finished_at = case when t.is_left then b.finished_at else coalesce(b.finished_at, clock_timestamp()) end
from (select exists (
  select from backfill_chunks where org_id = (select $1::int) and backfill_id = $2::bigint and done_at is null
) as is_left) t
where b.org_id = (select $1::int) and b.id = $2::bigint returning b.status;
