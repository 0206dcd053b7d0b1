-- takes: org_id int, conversation_ids uuid[], ids uuid[], first uuid, last uuid
-- gives: at timestamptz, n int?, owner_n int, began timestamptz
with gone as (
  delete from messages m using unnest($1::uuid[], $2::uuid[]) s (conversation_id, id)
  where m.org_id = (select $3::int) and m.conversation_id = s.conversation_id and m.id = s.id
    and m.conversation_id >= $4::uuid and m.conversation_id <= $5::uuid
  returning m.conversation_id, m.user_id, m.created_at
)
select g.created_at as at, u.n, w.n as owner_n, a.started_at as began
from gone g left join users u on u.org_id = (select $3::int) and u.id = g.user_id
join activities a on a.org_id = (select $3::int) and a.id = g.conversation_id
join users w on w.org_id = (select $3::int) and w.id = a.user_id;
