-- takes: org_id int, conversation_ids uuid[], ids uuid[], from uuid, to uuid
-- gives: 
delete from messages m using unnest($1::uuid[], $2::uuid[]) s (conversation_id, id) where m.org_id = (select $3::int) and m.conversation_id = s.conversation_id and m.id = s.id
  and m.conversation_id >= $4::uuid and m.conversation_id <= $5::uuid;
