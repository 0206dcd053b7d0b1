-- takes: org_id int, user_id uuid, limit int
-- gives: id uuid, started_at timestamptz, detail_at timestamptz?, is_conversation boolean, next_id uuid?, next_n int?, first_at timestamptz?, month_first date, month_last date
  select a.id, a.started_at, coalesce(d.created_at, q.created_at, i.created_at) as detail_at,
    a.activity_type = 'conversation' as is_conversation, u.id as next_id, u.n as next_n, f.first_at,
    m.first as month_first, (m.first + interval '1 month')::date - 1 as month_last
  from (select * from activities where org_id = (select $1::int) and user_id = $2::uuid order by id limit $3::int) a
  join organizations o on o.id = (select $1::int)
  cross join lateral (select date_trunc('month', day_of(a.started_at, day_rule_of(o))::timestamp)::date as first) m
  left join documents d on d.org_id = (select $1::int) and d.activity_id = a.id
  left join queries q on q.org_id = (select $1::int) and q.activity_id = a.id
  left join shared_twin_interactions i on i.org_id = (select $1::int) and i.activity_id = a.id
  left join lateral (
select next_id, first_id, first_at, first_seq from (
  (select m.user_id as next_id, m.id as first_id, m.created_at as first_at, m.seq as first_seq, 1 as place from messages m
  where m.org_id = (select $1::int) and m.conversation_id = a.id and m.sender_type = 'user' and m.user_id <> $2::uuid
    and exists (select from users u where u.org_id = (select $1::int) and u.id = m.user_id)
  order by m.created_at, m.seq, m.id limit 1)
  union all
  (select u.id, null, null, null, 2 from conversations c cross join unnest(c.summary_author_ids) s (id)
  join users u on u.org_id = (select $1::int) and u.id = s.id
  where c.org_id = (select $1::int) and c.activity_id = a.id and u.id <> $2::uuid order by u.id limit 1)
) n order by place limit 1) f on a.activity_type = 'conversation'
  left join users u on u.org_id = (select $1::int) and u.id = f.next_id;
