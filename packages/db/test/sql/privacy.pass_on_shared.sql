-- takes: org_id int, ids uuid[], next_ids uuid[], from uuid, to uuid
-- gives: kept int
update shared_twin_interactions i set accessing_user_id = s.next_id, interaction_purpose = null,
  interaction_summary = null, was_helpful = null, is_sent = false
from unnest($1::uuid[], $2::uuid[]) s (id, next_id)
where i.org_id = (select $3::int) and i.activity_id = s.id and i.activity_id >= $4::uuid and i.activity_id <= $5::uuid returning 1 as kept;
