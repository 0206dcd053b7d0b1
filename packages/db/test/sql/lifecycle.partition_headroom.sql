-- takes: now timestamptz
-- gives: ready_until date, months_ahead int
select m.last as ready_until, ((extract(year from m.last) - extract(year from t.month)) * 12 + extract(month from m.last) - extract(month from t.month))::int as months_ahead
from (
  select max(to_date(right(c.relname, 7), 'YYYY_MM')) as last
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'public.messages'::regclass and c.relname ~ '_[0-9]{4}_[0-9]{2}$'
) m cross join (select date_trunc('month', $1::timestamptz at time zone 'UTC')::date as month) t;
