-- takes: org_id int, user_id uuid, after uuid, limit int
-- gives: id uuid, twin_id uuid, interaction_purpose text?, interaction_summary bytea?, was_helpful boolean?, created_at timestamptz
select r.id, i.twin_id, i.interaction_purpose, i.interaction_summary, i.was_helpful, i.created_at from activities r join shared_twin_interactions i on i.org_id = (select $1::int) and i.activity_id = r.id where r.org_id = (select $1::int) and r.user_id = $2::uuid and r.id > $3::uuid order by r.id limit $4::int;
