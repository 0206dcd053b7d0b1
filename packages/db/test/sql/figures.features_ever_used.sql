-- takes: org_id int
-- gives: name text
  with 
recursive kinds as (
  (select kind from public.day_users where org_id = (select $1::int) order by kind limit 1)
  union all
  select (select d.kind from public.day_users d where d.org_id = (select $1::int) and d.kind > k.kind order by d.kind limit 1)
  from kinds k where k.kind is not null
) select substr(kind, 6) as name from kinds where kind like 'used:%' order by 1;
