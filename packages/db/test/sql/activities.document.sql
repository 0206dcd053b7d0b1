-- takes: org_id int, id uuid
-- gives: title text, document_type text?, sealed bytea?, word_count int?, character_count int?, created_at timestamptz, is_exported boolean, exported_at timestamptz?
select title, document_type, content as sealed, word_count, character_count, created_at, is_exported, exported_at
from documents where org_id = (select $1::int) and activity_id = $2::uuid;
