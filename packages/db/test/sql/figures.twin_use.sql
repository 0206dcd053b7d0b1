-- takes: org_id int, from date, to date
-- gives: types int[], users int, departments json, people json
with person as materialized (
  select d.n, sum(d.conversations) as conversation, sum(d.query_activities) as query, sum(d.document_activities) as document, sum(d.shared_activities) as shared,
    sum(d.user_messages) as messages
  from user_days d where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date and d.platform = any($4) and (d.platform = any($5)) is not true and d.twin_id = $6 and d.n in (select u.n from users u where u.org_id = (select $1::int) and (u.id = any($7)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($8) and (coalesce(nullif(u.department, ''), '(none)') = any($9)) is not true and u.company = $10 and (coalesce(nullif(u.company, ''), '(none)') = any($11)) is not true) group by d.n
),
done as materialized (select n, conversation + query + document + shared as activities, messages from person),
used as (
  select coalesce(nullif(u.department, ''), '(none)') as department, count(*)::int as users
  from done d left join users u on u.org_id = (select $1::int) and u.n = d.n
  where d.n > 0 and d.activities + d.messages > 0 group by 1 order by 2 desc, 1
),
most as (
  select u.id, u.full_name as name, d.activities::int as activities
  from done d join users u on u.org_id = (select $1::int) and u.n = d.n and u.deleted_at is null
  where d.activities > 0 order by d.activities desc, u.n limit 5
)
select array[coalesce(sum(t.conversation), 0)::int, coalesce(sum(t.query), 0)::int, coalesce(sum(t.document), 0)::int, coalesce(sum(t.shared), 0)::int] as types, (select coalesce(sum(users), 0)::int from used) as users,
  (select coalesce(json_agg(w), '[]') from used w) as departments, (select coalesce(json_agg(m), '[]') from most m) as people
from person t;
