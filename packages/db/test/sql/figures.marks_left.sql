-- takes: org_id int
-- gives: left boolean, jobs_wait boolean
select exists (select from ops.dirty_log where org_id = (select $1::int)) as "left", jobs_wait() as jobs_wait;
