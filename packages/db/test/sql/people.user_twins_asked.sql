-- takes: org_id int, user_id uuid, n int, from date
-- gives: id uuid, name text, is_own boolean, activities int
select t.id, t.name, t.user_id is not distinct from $1::uuid as is_own, f.activities
from (
  select twin_id, sum((user_days.conversations + user_days.query_activities + user_days.document_activities + user_days.shared_activities))::int as activities
  from user_days where org_id = (select $2::int) and n = $3::int and day >= $4::date group by twin_id
) f
join twins t on t.org_id = (select $2::int) and t.id = f.twin_id
where f.activities > 0 order by f.activities desc, t.id limit 20;
