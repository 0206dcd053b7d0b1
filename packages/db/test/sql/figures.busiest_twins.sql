-- takes: org_id int, from date, to date, first_month date, after_months date
-- gives: id uuid, name text, activities int
with 
month as materialized (
  select m::date as month from generate_series(date_trunc('month', $1::date::timestamp)::date::timestamp, $2::date, interval '1 month') m
),
leader as materialized (
  select distinct l.twin_id from month m cross join lateral (
    select t.twin_id from twin_months t where t.org_id = (select $3::int) and t.month = m.month order by t.activities desc limit 2 * 5
  ) l
),
bar as materialized (
  select case when count(*) < 5 then 0 else min(activities) end as activities from (
    select s.activities from leader l join twins k on k.org_id = (select $3::int) and k.id = l.twin_id 
cross join lateral (
  select coalesce(sum(a.activities), 0)::int as activities from (
    select t.activities from twin_months t
    where t.org_id = (select $3::int) and t.twin_id = l.twin_id and t.month >= $4::date and t.month < $5::date
    union all
    select (d.conversations + d.query_activities + d.document_activities + d.shared_activities) from user_days d where d.org_id = (select $3::int) and d.twin_id = l.twin_id and d.day >= $1::date and d.day < $4::date
    union all
    select (d.conversations + d.query_activities + d.document_activities + d.shared_activities) from user_days d where d.org_id = (select $3::int) and d.twin_id = l.twin_id and d.day >= $5::date and d.day <= $2::date
  ) a (activities) offset 0
) s
    order by s.activities desc limit 5
  ) b
),
busy as materialized (
  select distinct b.twin_id from month m cross join lateral (
    select t.twin_id from twin_months t where t.org_id = (select $3::int) and t.month = m.month
      and t.activities >= (select ceil(b.activities::float8 / (select count(*) from month))::int from bar b) offset 0
  ) b
),
likely as materialized (
  select b.twin_id from busy b cross join lateral (
    select sum(t.activities) as activities from twin_months t
    where t.org_id = (select $3::int) and t.twin_id = b.twin_id and t.month >= date_trunc('month', $1::date::timestamp)::date and t.month <= $2::date offset 0
  ) m where m.activities >= (select activities from bar)
),
busiest as (select l.twin_id as id, s.activities from likely l 
cross join lateral (
  select coalesce(sum(a.activities), 0)::int as activities from (
    select t.activities from twin_months t
    where t.org_id = (select $3::int) and t.twin_id = l.twin_id and t.month >= $4::date and t.month < $5::date
    union all
    select (d.conversations + d.query_activities + d.document_activities + d.shared_activities) from user_days d where d.org_id = (select $3::int) and d.twin_id = l.twin_id and d.day >= $1::date and d.day < $4::date
    union all
    select (d.conversations + d.query_activities + d.document_activities + d.shared_activities) from user_days d where d.org_id = (select $3::int) and d.twin_id = l.twin_id and d.day >= $5::date and d.day <= $2::date
  ) a (activities) offset 0
) s),
top as (
  select t.id, t.name, b.activities from (select * from busiest where activities > 0 order by activities desc offset 0) b
  cross join lateral (select t.id, t.name from twins t where t.org_id = (select $3::int) and t.id = b.id offset 0) t
  order by b.activities desc fetch first 5 rows with ties
)
select id, name, activities from top order by activities desc, name, id limit 5;
