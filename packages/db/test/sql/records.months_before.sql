-- takes: month text
-- gives: month text
select distinct replace(right(c.relname, 7), '_', '-') as month
from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
where p.relkind = 'p' and p.relnamespace = 'public'::regnamespace and c.relname ~ '_[0-9]{4}_[0-9]{2}$'
  and replace(right(c.relname, 7), '_', '-') < $1::text
order by 1;
