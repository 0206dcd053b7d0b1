-- takes: org_id int, user_id uuid, after uuid, limit int
-- gives: id uuid, feature_name text, used_at timestamptz, count int
select r.id, r.feature_name, r.used_at, r.count from feature_events r where r.org_id = (select $1::int) and r.user_id = $2::uuid and r.id > $3::uuid order by r.id limit $4::int;
