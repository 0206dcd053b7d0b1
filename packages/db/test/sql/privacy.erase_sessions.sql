-- takes: org_id int, user_id uuid, limit int
-- gives: id uuid, at timestamptz
delete from sessions r
using (select id from sessions where org_id = (select $1::int) and user_id = $2::uuid order by id limit $3::int) g
where r.org_id = (select $1::int) and r.user_id = $2::uuid and r.id = g.id returning r.id, r.started_at as at;
