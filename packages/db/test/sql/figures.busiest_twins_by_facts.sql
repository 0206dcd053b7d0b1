-- takes: org_id int, from date, to date
-- gives: id uuid, name text, activities int
with 
busiest as (
  select d.twin_id as id, sum(d.conversations + d.query_activities + d.document_activities + d.shared_activities)::int as activities from user_days d where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date and d.platform = any($4) and (d.platform = any($5)) is not true and d.twin_id = $6 and (d.twin_id = any($7)) is not true and d.n in (select u.n from users u where u.org_id = (select $1::int) and (u.id = any($8)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($9) and (coalesce(nullif(u.department, ''), '(none)') = any($10)) is not true and u.company = $11 and (coalesce(nullif(u.company, ''), '(none)') = any($12)) is not true) group by d.twin_id
),
top as (
  select t.id, t.name, b.activities from (select * from busiest where activities > 0 order by activities desc offset 0) b
  cross join lateral (select t.id, t.name from twins t where t.org_id = (select $1::int) and t.id = b.id offset 0) t
  order by b.activities desc fetch first 5 rows with ties
)
select id, name, activities from top order by activities desc, name, id limit 5;
