-- takes: 
-- gives: id bigint, task text, job_key text?, org_id int?, state text, attempts int, max_attempts int, run_at timestamptz, locked_at timestamptz?, last_error text?
select * from queued_jobs();
