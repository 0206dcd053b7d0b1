-- takes: org_id int, conversation_id uuid
-- gives: id uuid, user_id uuid?, author text?, sender_type text, sealed bytea?, token_count int?, created_at timestamptz, is_edited boolean, edited_at timestamptz?
select m.id, m.user_id, u.full_name as author, m.sender_type, m.content as sealed, m.token_count, m.created_at, m.is_edited, m.edited_at
from messages m left join users u on u.org_id = m.org_id and u.id = m.user_id and u.deleted_at is null
where m.org_id = (select $1::int) and m.conversation_id = $2::uuid
order by m.created_at, m.seq, m.id limit 1000;
