-- takes: org_id int, ids uuid[], first uuid, last uuid
-- gives: activity_id uuid, user_id uuid, query_text bytea, query_type text, results_count int, retrieved_info bytea, sources text, created_at text, row_bytes int
select t.activity_id, t.user_id, t.query_text, t.query_type, t.results_count, t.retrieved_info, t.sources::text as sources, (extract(epoch from t.created_at) * 1000000)::bigint::text as created_at, pg_column_size(t.*) as row_bytes
from queries t where t.org_id = (select $1::int)
  and t.activity_id = any ($2::uuid[])
  and t.activity_id >= $3::uuid and t.activity_id <= $4::uuid and (t.activity_id) <= ($5::uuid) order by t.activity_id;
