-- takes: org_id int
-- gives: 
update backfills set status = 'cancelled', finished_at = clock_timestamp(),
  error = 'the time zone was changed: another backfill computes every open day'
where org_id = (select $1::int) and status in ('queued', 'running');
