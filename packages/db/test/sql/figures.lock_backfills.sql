-- takes: org_id int
-- gives: locked boolean
select pg_advisory_xact_lock(hashtext('twin: backfills'), (select $1::int)) is null as locked;
