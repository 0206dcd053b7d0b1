-- takes: org_id int, ids uuid[], first uuid, last uuid
-- gives: activity_id uuid, accessing_user_id uuid, twin_owner_id uuid, twin_id uuid, interaction_purpose text, interaction_summary bytea, was_helpful boolean, created_at text, is_sent boolean, row_bytes int
select t.activity_id, t.accessing_user_id, t.twin_owner_id, t.twin_id, t.interaction_purpose, t.interaction_summary, t.was_helpful, (extract(epoch from t.created_at) * 1000000)::bigint::text as created_at, t.is_sent, pg_column_size(t.*) as row_bytes
from shared_twin_interactions t where t.org_id = (select $1::int)
  and t.activity_id = any ($2::uuid[])
  and t.activity_id >= $3::uuid and t.activity_id <= $4::uuid and (t.activity_id) <= ($5::uuid) order by t.activity_id;
