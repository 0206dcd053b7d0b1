-- takes: org_id int, user_id uuid, after uuid, limit int
-- gives: id uuid, title text?, topic text?, message_count int, total_tokens int, created_at timestamptz, summary bytea?, summarised_at timestamptz?, messages_of_others int
select r.id, c.title, c.topic, c.message_count, c.total_tokens, c.created_at, c.summary, c.summarised_at,
        (select count(*)::int from messages m where m.org_id = (select $1::int) and m.conversation_id = r.id and m.user_id is distinct from $2::uuid) as messages_of_others from activities r join conversations c on c.org_id = (select $1::int) and c.activity_id = r.id where r.org_id = (select $1::int) and r.user_id = $2::uuid and r.id > $3::uuid order by r.id limit $4::int;
