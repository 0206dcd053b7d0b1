-- takes: org_id int
-- gives: locked boolean
select pg_try_advisory_xact_lock(hashtext('twin: audit seal'), (select $1::int)) as locked;
