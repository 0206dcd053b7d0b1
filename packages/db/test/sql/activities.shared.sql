-- takes: org_id int, id uuid
-- gives: accessing_user_id uuid, twin_owner_id uuid?, interaction_purpose text?, sealed bytea?, was_helpful boolean?, created_at timestamptz
select accessing_user_id, twin_owner_id, interaction_purpose, interaction_summary as sealed, was_helpful, created_at
from shared_twin_interactions where org_id = (select $1::int) and activity_id = $2::uuid;
