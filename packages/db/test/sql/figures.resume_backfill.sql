-- takes: org_id int, id bigint
-- gives: 
update backfills set status = case when status = 'running' then status else 'queued' end, finished_at = null, error = null,
  moved_at = case when status in ('queued', 'running') then moved_at else clock_timestamp() end
where org_id = (select $1::int) and id = $2::bigint and status <> 'done';
