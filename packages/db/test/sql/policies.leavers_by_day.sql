-- takes: org_id int, held_ids uuid[]
-- gives: day date, users int, sessions int, messages int, activities int
select day_of(u.deleted_at, day_rule_of(o)) as day, count(*)::int as users,
  coalesce(sum(f.sessions), 0)::int as sessions, coalesce(sum(f.messages), 0)::int as messages, coalesce(sum(f.activities), 0)::int as activities
from organizations o join users u on u.org_id = o.id and u.deleted_at is not null
left join lateral (
  select sum(d.sessions) as sessions, sum(d.user_messages + d.twin_messages) as messages,
    sum((d.conversations + d.query_activities + d.document_activities + d.shared_activities)) as activities
  from user_days d where d.org_id = (select $1::int) and d.n = u.n
) f on true
where o.id = (select $1::int) and u.id <> all ($2::uuid[]) group by 1;
