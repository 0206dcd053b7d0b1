-- takes: org_id int, twin_id uuid, upto uuid?, limit int
-- gives: id uuid, n int, user_id uuid, at timestamptz, there boolean, should boolean, is_open boolean
with a as materialized (
  select * from activities where org_id = (select $1::int) and twin_id = $2::uuid and ($3::uuid is null or id > $3::uuid) order by id limit $4::int
)
select a.id, u.n, a.user_id, x.at, i.activity_id is not null as there, (coalesce(i.is_sent, false) or a.activity_type = 'shared' or t.user_id is distinct from a.user_id) as should,
  not coalesce(x.at >= o.sealed_from and x.at < o.sealed_before, false) as is_open
from a join organizations o on o.id = (select $1::int) join twins t on t.org_id = (select $1::int) and t.id = $2::uuid
join users u on u.org_id = (select $1::int) and u.id = a.user_id
left join lateral (select * from shared_twin_interactions where org_id = (select $1::int) and activity_id = a.id limit 1) i on true
cross join lateral (select coalesce(i.created_at, a.started_at) as at) x
order by a.id;
