-- takes: org_id int, now timestamptz
-- gives: 
update lifecycle_runs set status = 'stopped', reason = 'the worker was lost', finished_at = $1::timestamptz
where org_id = (select $2::int) and status = 'running';
