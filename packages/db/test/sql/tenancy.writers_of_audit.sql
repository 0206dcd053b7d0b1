-- takes: 
-- gives: writer text
select virtualtransaction as writer from pg_locks
where locktype = 'relation' and relation = 'audit_log'::regclass and mode = 'RowExclusiveLock'
  and database = (select oid from pg_database where datname = current_database());
