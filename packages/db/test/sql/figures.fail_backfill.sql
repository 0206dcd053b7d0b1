-- takes: org_id int, id bigint, error text
-- gives: 
update backfills set status = 'failed', finished_at = clock_timestamp(), error = left($1::text, 2000)
where org_id = (select $2::int) and id = $3::bigint and status in ('queued', 'running');
