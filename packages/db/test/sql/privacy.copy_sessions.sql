-- takes: org_id int, user_id uuid, after uuid, limit int
-- gives: id uuid, twin_id uuid?, platform text, device_type text?, started_at timestamptz, ended_at timestamptz?, duration_seconds int?, interaction_count int, ip_address inet?, user_agent text?, is_derived boolean
select r.id, r.twin_id, r.platform, r.device_type, r.started_at, r.ended_at, r.duration_seconds, r.interaction_count, r.ip_address, r.user_agent, r.is_derived from sessions r where r.org_id = (select $1::int) and r.user_id = $2::uuid and r.id > $3::uuid order by r.id limit $4::int;
