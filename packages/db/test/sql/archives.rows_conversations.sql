-- takes: org_id int, ids uuid[], first uuid, last uuid
-- gives: activity_id uuid, title text, topic text, message_count int, total_tokens int, created_at text, updated_at text, summary bytea, summarised_at text, summarised_until text, summary_keep text, summary_model text, summary_author_ids text, inherited_from text, row_bytes int
select t.activity_id, t.title, t.topic, t.message_count, t.total_tokens, (extract(epoch from t.created_at) * 1000000)::bigint::text as created_at, (extract(epoch from t.updated_at) * 1000000)::bigint::text as updated_at, t.summary, (extract(epoch from t.summarised_at) * 1000000)::bigint::text as summarised_at, (extract(epoch from t.summarised_until) * 1000000)::bigint::text as summarised_until, t.summary_keep, t.summary_model, t.summary_author_ids::text as summary_author_ids, (extract(epoch from t.inherited_from) * 1000000)::bigint::text as inherited_from, pg_column_size(t.*) as row_bytes
from conversations t where t.org_id = (select $1::int)
  and t.activity_id = any ($2::uuid[])
  and t.activity_id >= $3::uuid and t.activity_id <= $4::uuid and (t.activity_id) <= ($5::uuid) order by t.activity_id;
