-- takes: org_id int, user_id uuid, limit int
-- gives: gone int
update shared_twin_interactions i set twin_owner_id = null
from (select activity_id from shared_twin_interactions where org_id = (select $1::int) and twin_owner_id = $2::uuid order by activity_id limit $3::int) g
where i.org_id = (select $1::int) and i.activity_id = g.activity_id returning 1 as gone;
