-- takes: org_id int, ids uuid[], first uuid, last uuid
-- gives: id uuid, user_id uuid, twin_id uuid, session_id uuid, session_named boolean, activity_type text, action_description text, started_at text, ended_at text, platform text, device_type text, metadata text, revised_at text, row_bytes int
select t.id, t.user_id, t.twin_id, t.session_id, t.session_named, t.activity_type, t.action_description, (extract(epoch from t.started_at) * 1000000)::bigint::text as started_at, (extract(epoch from t.ended_at) * 1000000)::bigint::text as ended_at, t.platform, t.device_type, t.metadata::text as metadata, (extract(epoch from t.revised_at) * 1000000)::bigint::text as revised_at, pg_column_size(t.*) as row_bytes
from activities t where t.org_id = (select $1::int)
  and t.id = any ($2::uuid[])
  and t.id >= $3::uuid and t.id <= $4::uuid and (t.id) <= ($5::uuid) order by t.id;
