-- takes: org_id int, ids uuid[]
-- gives: id uuid, messages int
select m.conversation_id as id, count(*)::int as messages from messages m
where m.org_id = (select $1::int) and (m.user_id = any($2)) is not true and m.user_id in (select u.id from users u where u.org_id = (select $1::int) and coalesce(nullif(u.department, ''), '(none)') = any($3) and (coalesce(nullif(u.department, ''), '(none)') = any($4)) is not true and u.company = $5 and (coalesce(nullif(u.company, ''), '(none)') = any($6)) is not true) and m.id >= $7::uuid and m.id < $8::uuid and m.conversation_id = any($9::uuid[])
group by m.conversation_id;
