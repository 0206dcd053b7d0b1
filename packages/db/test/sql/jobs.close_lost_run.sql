-- takes: org_id int, task text, key text?, attempt int, now timestamptz
-- gives: 
update job_runs set status = 'failed', finished_at = $1::timestamptz, error = 'the worker was lost'
where org_id = (select $2::int) and status = 'running' and task = $3::text and job_key is not distinct from $4::text
  and attempt = $5::int - 1;
