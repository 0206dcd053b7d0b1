-- takes: org_id int, ids uuid[]
-- gives: id uuid, user_id uuid?, user_name text, email text?, twin_id uuid?, twin_name text?, platform text, device_type text?, started_at timestamptz, ended_at timestamptz?, duration_seconds int?, is_derived boolean, interaction_count int, activities int, first_activity_at timestamptz?, last_activity_at timestamptz?
with page as materialized (
  select p.place, s.* from unnest($1::uuid[]) with ordinality p (id, place) join sessions s on s.org_id = (select $2::int) and s.id = p.id
), bound as (
  select uuid_floor(greatest(min(p.started_at) - o.reach, timestamptz 'epoch')) as lo, uuid_floor(max(p.started_at) + o.reach + interval '1 millisecond') as hi
  from page p cross join (select make_interval(hours => 24 * reach_days) as reach from organizations where id = (select $2::int)) o group by o.reach
), done as (
  select a.session_id, count(*)::int as activities, min(a.started_at) as first_activity_at, max(a.started_at) as last_activity_at
  from bound b join activities a on a.org_id = (select $2::int) and a.id >= b.lo and a.id < b.hi and a.session_id = any ($1::uuid[])
  group by a.session_id
)
select p.id, u.id as user_id, coalesce(u.full_name, 'Deleted user') as user_name, u.email, p.twin_id, t.name as twin_name,
  p.platform, p.device_type, p.started_at, p.ended_at, p.duration_seconds, p.is_derived, p.interaction_count,
  coalesce(d.activities, 0) as activities, d.first_activity_at, d.last_activity_at
from page p
left join users u on u.org_id = (select $2::int) and u.id = p.user_id and u.deleted_at is null
left join twins t on t.org_id = (select $2::int) and t.id = p.twin_id
left join done d on d.session_id = p.id
order by p.place;
