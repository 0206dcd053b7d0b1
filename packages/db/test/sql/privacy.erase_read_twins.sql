-- takes: org_id int, user_id uuid, n int, limit int
-- gives: id uuid, stays boolean
  select t.id, (
exists (select from activities a where a.org_id = (select $1::int) and a.twin_id = t.id and a.user_id <> $2::uuid)
or exists (select from sessions s where s.org_id = (select $1::int) and s.twin_id = t.id and s.user_id <> $2::uuid)
or exists (
  select from activities a join messages m on m.org_id = (select $1::int) and m.conversation_id = a.id
  where a.org_id = (select $1::int) and a.twin_id = t.id and m.sender_type = 'user' and m.user_id <> $2::uuid
)
or exists (select from user_days d where d.org_id = (select $1::int) and d.twin_id = t.id and d.n <> $3::int)) as stays
  from (select id from twins where org_id = (select $1::int) and user_id = $2::uuid order by id limit $4::int) t;
