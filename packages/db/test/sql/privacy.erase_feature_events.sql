-- takes: org_id int, user_id uuid, limit int
-- gives: id uuid, at timestamptz
delete from feature_events r
using (select id from feature_events where org_id = (select $1::int) and user_id = $2::uuid order by id limit $3::int) g
where r.org_id = (select $1::int) and r.user_id = $2::uuid and r.id = g.id returning r.id, r.used_at as at;
