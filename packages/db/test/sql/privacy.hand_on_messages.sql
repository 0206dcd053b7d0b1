-- takes: org_id int, conversation_ids uuid[], ids uuid[], from uuid, to uuid, next_author_ids uuid[], contents bytea[]
-- gives: 
update messages m set content = s.content, user_id = s.next_author_id,
  metadata = case when s.content is null then null else m.metadata end
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[]) s (conversation_id, id, next_author_id, content) where m.org_id = (select $5::int) and m.conversation_id = s.conversation_id and m.id = s.id
  and m.conversation_id >= $6::uuid and m.conversation_id <= $7::uuid;
