-- takes: org_id int, user_id uuid, after uuid, limit int
-- gives: id uuid, activity_type text, action_description text?, twin_id uuid, session_id uuid?, started_at timestamptz, ended_at timestamptz?, platform text, device_type text?, metadata jsonb?
select r.id, r.activity_type, r.action_description, r.twin_id, r.session_id, r.started_at, r.ended_at, r.platform, r.device_type, r.metadata from activities r where r.org_id = (select $1::int) and r.user_id = $2::uuid and r.id > $3::uuid order by r.id limit $4::int;
