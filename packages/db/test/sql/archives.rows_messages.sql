-- takes: org_id int, ids uuid[], first uuid, last uuid
-- gives: conversation_id uuid, id uuid, user_id uuid, sender_type text, content bytea, token_count int, seq int, created_at text, edited_at text, metadata text, revised_at text, row_bytes int
select t.conversation_id, t.id, t.user_id, t.sender_type, t.content, t.token_count, t.seq, (extract(epoch from t.created_at) * 1000000)::bigint::text as created_at, (extract(epoch from t.edited_at) * 1000000)::bigint::text as edited_at, t.metadata::text as metadata, (extract(epoch from t.revised_at) * 1000000)::bigint::text as revised_at, pg_column_size(t.*) as row_bytes
from messages t where t.org_id = (select $1::int)
  and t.conversation_id = any ($2::uuid[])
  and t.conversation_id >= $3::uuid and t.conversation_id <= $4::uuid and (t.conversation_id, t.id) <= ($5::uuid, $6::uuid) order by t.conversation_id, t.id;
