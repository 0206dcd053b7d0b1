-- takes: 
-- gives: place text
select format('%I.%I', n.nspname, c.relname) as place
from pg_class c
join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('public', 'restored', 'ops')
join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
where c.relkind = 'r' and c.relname <> 'archive_parts'
order by case
  when c.relname ~ '^conversations(_|$)' then 1
  when c.relname ~ '^activities(_|$)' or c.relname in ('exports', 'backfill_chunks') then 2
  when c.relname in ('twins', 'backfills') then 3
  when c.relname = 'users' then 4
  when c.relname in ('org_keys', 'org_counters', 'audit_log', 'audit_seals') then 5
  else 0 end, n.nspname, c.relname;
