-- takes: org_id int, from date, to date, now timestamptz, limit int, today date
-- gives: id uuid, name text, owner_id uuid?, owner_name text, department text?, is_shared boolean, last_trained_at timestamptz?, is_stale boolean, document_count int, installations int?, activities int, users int, helpful_yes int, helpful_no int, shared_interactions int
with person as (
  select d.twin_id, d.n, sum((d.conversations + d.query_activities + d.document_activities + d.shared_activities)) as activities, sum(d.user_messages) as messages,
    coalesce(sum(d.helpful_yes) filter (where d.day < $1::date), 0) as helpful_yes, coalesce(sum(d.helpful_no) filter (where d.day < $1::date), 0) as helpful_no, coalesce(sum(d.shared_interactions) filter (where d.day < $1::date), 0) as shared_interactions
  from user_days d where d.org_id = (select $2::int) and d.day >= $3::date and d.day <= $4::date
  group by d.twin_id, d.n
), used as (
  select twin_id, sum(activities)::int as activities,
    (count(*) filter (where n > 0 and activities + messages > 0))::int as users, sum(helpful_yes)::int as helpful_yes,
    sum(helpful_no)::int as helpful_no, sum(shared_interactions)::int as shared_interactions
  from person group by twin_id
), installed as (
  select i.twin_id, count(*)::int as installations from twin_installations i
  where i.org_id = (select $2::int) and i.uninstalled_at is null group by i.twin_id
)
select t.id, t.name, o.id as owner_id, o.full_name as owner_name, o.department, t.is_shared, t.last_trained_at,
  coalesce(t.last_trained_at, t.created_at) < $5::timestamptz - interval '60 days' as is_stale, t.document_count, i.installations, coalesce(u.activities, 0) as activities,
  coalesce(u.users, 0) as users, coalesce(u.helpful_yes, 0) as helpful_yes, coalesce(u.helpful_no, 0) as helpful_no,
  coalesce(u.shared_interactions, 0) as shared_interactions

from twins t
left join users o on o.org_id = (select $2::int) and o.id = t.user_id and o.deleted_at is null
left join used u on u.twin_id = t.id
left join installed n on n.twin_id = t.id
cross join lateral (select coalesce(n.installations, 0) as installations) i
where t.org_id = (select $2::int)
order by lower(t.name) desc nulls last, lower(t.name), t.id limit $6::int;
