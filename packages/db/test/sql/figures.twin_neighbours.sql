-- takes: org_id int, from date, to date, now timestamptz, limit int, today date, id uuid
-- gives: previous_id uuid?, next_id uuid?
with person as (
  select d.twin_id, d.n, sum((d.conversations + d.query_activities + d.document_activities + d.shared_activities)) as activities, sum(d.user_messages) as messages,
    coalesce(sum(d.helpful_yes) filter (where d.day < $1::date), 0) as helpful_yes, coalesce(sum(d.helpful_no) filter (where d.day < $1::date), 0) as helpful_no, coalesce(sum(d.shared_interactions) filter (where d.day < $1::date), 0) as shared_interactions
  from user_days d where d.org_id = (select $2::int) and d.day >= $3::date and d.day <= $4::date and d.platform = any($5) and (d.platform = any($6)) is not true and d.twin_id = $7 and (d.twin_id = any($8)) is not true and d.n in (select u.n from users u where u.org_id = (select $2::int) and (u.id = any($9)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($10) and (coalesce(nullif(u.department, ''), '(none)') = any($11)) is not true and u.company = $12 and (coalesce(nullif(u.company, ''), '(none)') = any($13)) is not true)
  group by d.twin_id, d.n
), used as (
  select twin_id, sum(activities)::int as activities,
    (count(*) filter (where n > 0 and activities + messages > 0))::int as users, sum(helpful_yes)::int as helpful_yes,
    sum(helpful_no)::int as helpful_no, sum(shared_interactions)::int as shared_interactions
  from person group by twin_id
), installed as (
  select i.twin_id, count(*)::int as installations from twin_installations i
  where i.org_id = (select $2::int) and i.uninstalled_at is null and i.platform = any($14) and (i.platform = any($15)) is not true group by i.twin_id
)
select previous_id, next_id from (
  select t.id, lag(t.id) over w as previous_id, lead(t.id) over w as next_id
  
from twins t
left join users o on o.org_id = (select $2::int) and o.id = t.user_id and o.deleted_at is null
left join used u on u.twin_id = t.id
left join installed n on n.twin_id = t.id
cross join lateral (select null::int as installations) i
where t.org_id = (select $2::int) and t.id = $16 and (t.id = any($17)) is not true
  window w as (order by u.helpful_yes::float8 / nullif(u.helpful_yes + u.helpful_no, 0) desc nulls last, lower(t.name), t.id)
) n where n.id = $18::uuid;
