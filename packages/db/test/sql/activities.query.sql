-- takes: org_id int, id uuid
-- gives: query_sealed bytea?, query_type text?, results_count int, info_sealed bytea?, sources jsonb, created_at timestamptz
select query_text as query_sealed, query_type, results_count, retrieved_info as info_sealed, sources, created_at
from queries where org_id = (select $1::int) and activity_id = $2::uuid;
