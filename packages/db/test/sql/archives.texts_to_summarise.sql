-- takes: org_id int, ids uuid[], until timestamptz[], steps int[]
-- gives: conversation_id uuid, id uuid, user_id uuid?, sender_type text, sealed bytea
select c.id as conversation_id, m.*
from unnest($1::uuid[], $2::timestamptz[], $3::int[]) c (id, until, step)
cross join lateral (
  select m.id, row_number() over (order by m.created_at, m.seq, m.id) as no from messages m
  where m.org_id = (select $4::int) and m.conversation_id = c.id and m.created_at > c.until is not false and m.content is not null
) n
cross join lateral (
  select m.id, m.user_id, m.sender_type, m.content as sealed from messages m
  where m.org_id = (select $4::int) and m.conversation_id = c.id and m.id = n.id and (n.no - 1) % c.step = 0 offset 0
) m
order by c.id, n.no;
