-- takes: org_id int
-- gives: found int, messages int
select count(*)::int as found, coalesce(sum(n.messages), 0)::int as messages from (select a.id from activities a where a.org_id = (select $1::int) and a.id >= $2::uuid and a.id < $3::uuid and a.id in (select m.conversation_id from messages m where m.org_id = (select $4::int) and m.id >= $5::uuid and m.id < $6::uuid
and m.conversation_id >= $7::uuid and m.conversation_id < $8::uuid) order by a.id desc limit $9) a
cross join lateral (
  select count(*) as messages from messages m
  where m.org_id = (select $10::int) and m.id >= $11::uuid and m.id < $12::uuid and m.conversation_id = a.id
) n;
