-- takes: 
-- gives: table text, bytes float8
select p.relname as table, sum(pg_total_relation_size(c.oid)) / sum(c.reltuples) as bytes
from pg_class p join pg_inherits i on i.inhparent = p.oid join pg_class c on c.oid = i.inhrelid
where p.relkind = 'p' and p.relnamespace = 'public'::regnamespace and c.reltuples > 0
group by p.relname having sum(c.reltuples) >= 10000;
