-- takes: org_id int, ids uuid[], first uuid, last uuid
-- gives: id uuid, user_id uuid, feature_name text, used_at text, count int, revised_at text, row_bytes int
select t.id, t.user_id, t.feature_name, (extract(epoch from t.used_at) * 1000000)::bigint::text as used_at, t.count, (extract(epoch from t.revised_at) * 1000000)::bigint::text as revised_at, pg_column_size(t.*) as row_bytes
from feature_events t where t.org_id = (select $1::int)
  and t.id = any ($2::uuid[])
  and t.id >= $3::uuid and t.id <= $4::uuid and (t.id) <= ($5::uuid) order by t.id;
