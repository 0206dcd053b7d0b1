-- takes: org_id int, id bigint, status text, now timestamptz, rows bigint?, error text?
-- gives: 
update job_runs set status = $1::text, finished_at = $2::timestamptz, rows = $3::bigint, error = left($4::text, 2000)
where org_id = (select $5::int) and id = $6::bigint;
