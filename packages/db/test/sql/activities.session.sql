-- takes: org_id int, id uuid
-- gives: id uuid, started_at timestamptz, ended_at timestamptz?, duration_seconds int?, interaction_count int, is_derived boolean
select id, started_at, ended_at, duration_seconds, interaction_count, is_derived from sessions
where org_id = (select $1::int) and id = $2::uuid;
