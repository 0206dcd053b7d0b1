-- takes: org_id int, ids uuid[]
-- gives: id uuid, messages int
select m.conversation_id as id, count(*)::int as messages from messages m
where m.org_id = (select $1::int) and m.id >= $2::uuid and m.id < $3::uuid and m.conversation_id = any($4::uuid[])
group by m.conversation_id;
