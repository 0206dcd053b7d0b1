-- takes: org_id int, ids uuid[], from uuid, to uuid
-- gives: 
insert into shared_twin_interactions (org_id, activity_id, accessing_user_id, twin_owner_id, twin_id, created_at)
select (select $1::int), a.id, a.user_id, t.user_id, a.twin_id, a.started_at
from activities a left join twins t on t.org_id = (select $1::int) and t.id = a.twin_id
where a.org_id = (select $1::int) and a.id = any($2::uuid[]) and a.id >= $3::uuid and a.id <= $4::uuid
  and t.user_id is distinct from a.user_id
order by a.id on conflict do nothing;
