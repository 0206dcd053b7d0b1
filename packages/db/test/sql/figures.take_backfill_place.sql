-- takes: place int
-- gives: held boolean
select pg_try_advisory_xact_lock(hashtext('twin: backfill chunk'), $1::int) as held;
