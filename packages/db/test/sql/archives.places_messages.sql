-- takes: org_id int, ids uuid[], first uuid, last uuid, rows int
-- gives: conversation_id uuid, id uuid, length int
select t.conversation_id, t.id, 100 + coalesce(octet_length(t.sender_type::text), 0) + coalesce(octet_length(t.content::bytea), 0) + coalesce(pg_column_size(t.metadata), 0) as length
from messages t where t.org_id = (select $1::int)
  and t.conversation_id = any ($2::uuid[])
  and t.conversation_id >= $3::uuid and t.conversation_id <= $4::uuid order by t.conversation_id, t.id limit $5::int;
