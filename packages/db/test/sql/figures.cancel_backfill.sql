-- takes: org_id int, id bigint
-- gives: id bigint
update backfills set status = 'cancelled', finished_at = clock_timestamp()
where org_id = (select $1::int) and id = $2::bigint and status in ('queued', 'running') returning id;
