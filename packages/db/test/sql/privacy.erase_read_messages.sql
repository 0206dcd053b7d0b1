-- takes: org_id int, user_id uuid, limit int
-- gives: id uuid, conversation_id uuid, sender_type text, created_at timestamptz, content bytea?, next_author_id uuid?, next_author_n int?, is_after boolean
  select m.id, m.conversation_id, m.sender_type, m.created_at, m.content, u.id as next_author_id, u.n as next_author_n,
    coalesce(a.user_id = $1::uuid and (m.created_at, coalesce(m.seq, 2147483647), m.id) > (f.first_at, coalesce(f.first_seq, 2147483647), f.first_id), false) as is_after
  from (select * from messages where org_id = (select $2::int) and user_id = $1::uuid order by id limit $3::int) m
  join activities a on a.org_id = (select $2::int) and a.id = m.conversation_id
  left join lateral (
select next_id, first_id, first_at, first_seq from (
  (select m.user_id as next_id, m.id as first_id, m.created_at as first_at, m.seq as first_seq, 1 as place from messages m
  where m.org_id = (select $2::int) and m.conversation_id = a.id and m.sender_type = 'user' and m.user_id <> $1::uuid
    and exists (select from users u where u.org_id = (select $2::int) and u.id = m.user_id)
  order by m.created_at, m.seq, m.id limit 1)
  union all
  (select u.id, null, null, null, 2 from conversations c cross join unnest(c.summary_author_ids) s (id)
  join users u on u.org_id = (select $2::int) and u.id = s.id
  where c.org_id = (select $2::int) and c.activity_id = a.id and u.id <> $1::uuid order by u.id limit 1)
) n order by place limit 1) f on a.user_id = $1::uuid
  left join users u on u.org_id = (select $2::int) and u.id = case when a.user_id = $1::uuid then f.next_id else a.user_id end;
