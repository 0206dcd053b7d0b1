-- takes: 
-- gives: locked text
select pg_advisory_xact_lock(hashtext('twin: first owner'))::text as locked;
