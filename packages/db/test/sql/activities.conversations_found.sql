-- takes: org_id int
-- gives: found int, messages int
select count(*)::int as found, coalesce(sum(n.messages), 0)::int as messages from (select a.id from activities a where a.org_id = (select $1::int) and a.id >= $2::uuid and a.id < $3::uuid and a.id in (select m.conversation_id from messages m where m.org_id = (select $4::int) and (m.user_id = any($5)) is not true and m.user_id in (select u.id from users u where u.org_id = (select $6::int) and coalesce(nullif(u.department, ''), '(none)') = any($7) and (coalesce(nullif(u.department, ''), '(none)') = any($8)) is not true and u.company = $9 and (coalesce(nullif(u.company, ''), '(none)') = any($10)) is not true) and m.id >= $11::uuid and m.id < $12::uuid
and m.conversation_id >= $13::uuid and m.conversation_id < $14::uuid) and a.activity_type = any($15) and a.platform = any($16) and (a.platform = any($17)) is not true and a.twin_id = $18 and (a.twin_id = any($19)) is not true order by a.id desc limit $20) a
cross join lateral (
  select count(*) as messages from messages m
  where m.org_id = (select $21::int) and (m.user_id = any($22)) is not true and m.user_id in (select u.id from users u where u.org_id = (select $21::int) and coalesce(nullif(u.department, ''), '(none)') = any($23) and (coalesce(nullif(u.department, ''), '(none)') = any($24)) is not true and u.company = $25 and (coalesce(nullif(u.company, ''), '(none)') = any($26)) is not true) and m.id >= $27::uuid and m.id < $28::uuid and m.conversation_id = a.id
) n;
