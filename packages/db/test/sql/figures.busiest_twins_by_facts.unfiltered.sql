-- takes: org_id int, from date, to date
-- gives: id uuid, name text, activities int
with 
busiest as (
  select d.twin_id as id, sum(d.conversations + d.query_activities + d.document_activities + d.shared_activities)::int as activities from user_days d where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date group by d.twin_id
),
top as (
  select t.id, t.name, b.activities from (select * from busiest where activities > 0 order by activities desc offset 0) b
  cross join lateral (select t.id, t.name from twins t where t.org_id = (select $1::int) and t.id = b.id offset 0) t
  order by b.activities desc fetch first 5 rows with ties
)
select id, name, activities from top order by activities desc, name, id limit 5;
