-- takes: org_id int, from date, to date
-- gives: interactions int, yes int, no int, departments json, dependence json
with 
shared as materialized (
  select d.n, d.twin_id, coalesce(nullif(coalesce(nullif(u.department, ''), '(none)'), '(none)'), '') as asking, coalesce(nullif(coalesce(nullif(o.department, ''), '(none)'), '(none)'), '') as owning,
    sum(d.shared_interactions)::int as interactions, sum(d.helpful_yes)::int as yes, sum(d.helpful_no)::int as no
  from (select d.* from user_days d where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date and d.shared_interactions > 0) d
  left join users u on u.org_id = (select $1::int) and u.n = d.n
  left join twins t on t.org_id = (select $1::int) and t.id = d.twin_id
  left join users o on o.org_id = (select $1::int) and o.id = t.user_id
  group by 1, 2, 3, 4
),
asked as (
  select asking as department, twin_id, sum(interactions)::int as interactions, count(distinct n)::int as users
  from shared where asking <> '' group by 1, 2
),
ranked as (
  select a.*, a.interactions::float8 / sum(a.interactions) over (partition by a.department) as share,
    row_number() over (partition by a.department order by a.interactions desc, a.twin_id) as place
  from asked a
),
leaned_on as (
  select r.department, r.twin_id, coalesce(t.name, 'Deleted twin') as twin_name, r.interactions, r.users, r.share
  from ranked r left join twins t on t.org_id = (select $1::int) and t.id = r.twin_id
  where r.place <= 3
  order by r.share desc, r.interactions desc, r.department, r.twin_id limit 30
),
pair as (
  select asking, owning, sum(interactions)::int as interactions from shared group by 1, 2 order by 3 desc, 1, 2
)
select coalesce(sum(interactions), 0)::int as interactions, coalesce(sum(yes), 0)::int as yes, coalesce(sum(no), 0)::int as no,
  (select coalesce(json_agg(p), '[]') from pair p) as departments,
  (select coalesce(json_agg(l), '[]') from leaned_on l) as dependence
from shared;
