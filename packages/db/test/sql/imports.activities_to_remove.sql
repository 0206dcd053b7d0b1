-- takes: org_id int, ids uuid[], first uuid, last uuid
-- gives: n int, twin_id uuid, started_at timestamptz, session_id uuid?, details timestamptz[]
select u.n, a.twin_id, a.started_at, case when a.session_named then a.session_id end as session_id,
  array[d.created_at, q.created_at, x.created_at] as details
from (select * from activities where org_id = (select $1::int) and id = any ($2::uuid[]) and id >= $3::uuid and id <= $4::uuid) a join users u on u.org_id = (select $1::int) and u.id = a.user_id
left join lateral (select created_at from documents where org_id = (select $1::int) and activity_id = a.id limit 1) d on true
left join lateral (select created_at from queries where org_id = (select $1::int) and activity_id = a.id limit 1) q on true
left join lateral (select created_at from shared_twin_interactions where org_id = (select $1::int) and activity_id = a.id limit 1) x on true;
