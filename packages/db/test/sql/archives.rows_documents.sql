-- takes: org_id int, ids uuid[], first uuid, last uuid
-- gives: activity_id uuid, user_id uuid, title text, document_type text, content bytea, word_count int, character_count int, created_at text, updated_at text, exported_at text, metadata text, row_bytes int
select t.activity_id, t.user_id, t.title, t.document_type, t.content, t.word_count, t.character_count, (extract(epoch from t.created_at) * 1000000)::bigint::text as created_at, (extract(epoch from t.updated_at) * 1000000)::bigint::text as updated_at, (extract(epoch from t.exported_at) * 1000000)::bigint::text as exported_at, t.metadata::text as metadata, pg_column_size(t.*) as row_bytes
from documents t where t.org_id = (select $1::int)
  and t.activity_id = any ($2::uuid[])
  and t.activity_id >= $3::uuid and t.activity_id <= $4::uuid and (t.activity_id) <= ($5::uuid) order by t.activity_id;
