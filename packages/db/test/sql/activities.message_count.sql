-- takes: org_id int, conversation_id uuid
-- gives: found int
select count(*)::int as found from messages
where org_id = (select $1::int) and conversation_id = $2::uuid;
