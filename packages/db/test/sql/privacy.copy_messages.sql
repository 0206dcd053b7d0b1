-- takes: org_id int, user_id uuid, after uuid, limit int
-- gives: id uuid, conversation_id uuid, sender_type text, content bytea?, token_count int?, created_at timestamptz, edited_at timestamptz?, metadata jsonb?
select r.id, r.conversation_id, r.sender_type, r.content, r.token_count, r.created_at, r.edited_at, r.metadata from messages r where r.org_id = (select $1::int) and r.user_id = $2::uuid and r.id > $3::uuid order by r.id limit $4::int;
