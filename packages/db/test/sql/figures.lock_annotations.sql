-- takes: org_id int
-- gives: held boolean
select pg_advisory_xact_lock(hashtext('twin: annotations'), (select $1::int)) is not null as held;
