-- takes: org_id int
-- gives: held boolean
select pg_try_advisory_xact_lock(hashtext('twin: lifecycle'), (select $1::int)) as held;
