-- takes: org_id int, user_id uuid
-- gives: table_name text, what text, rows int
  with 
own as materialized (
  select a.id, a.activity_type, f.*
  from activities a left join lateral (
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
  where a.org_id = (select $1::int) and a.user_id = $2::uuid
),
said as materialized (
  select case when o.id is not null and o.next_id is null then 'erased'
    when m.sender_type = 'twin' and (m.created_at, coalesce(m.seq, 2147483647), m.id) > (o.first_at, coalesce(o.first_seq, 2147483647), o.first_id) then 'passed_on' else 'emptied' end as what
  from messages m left join own o on o.id = m.conversation_id
  where m.org_id = (select $1::int) and m.user_id = $2::uuid
)
  select 'activities' as table_name, case when next_id is null then 'erased' else 'passed_on' end as what, count(*)::int as rows
  from own group by 2
  union all
  select 'conversations', case when next_id is null then 'erased' else 'passed_on' end, count(*)::int
  from own where activity_type = 'conversation' group by 2
  union all
  select 'conversations', 'emptied', count(*)::int
  from conversations where org_id = (select $1::int) and summary_author_ids is not null and $2::uuid = any (summary_author_ids)
  union all
  select 'messages', what, count(*)::int from said group by 2
  union all
  select 'messages', 'erased', count(*)::int
  from own o join messages m on m.org_id = (select $1::int) and m.conversation_id = o.id and m.user_id is null where o.next_id is null
  union all
  select 'documents', 'erased', count(*)::int from documents where org_id = (select $1::int) and user_id = $2::uuid
  union all
  select 'queries', 'erased', count(*)::int from queries where org_id = (select $1::int) and user_id = $2::uuid
  union all
  select 'shared_twin_interactions', case when o.next_id is null or t.user_id = o.next_id then 'erased' else 'passed_on' end, count(*)::int
  from own o join shared_twin_interactions i on i.org_id = (select $1::int) and i.activity_id = o.id
  left join twins t on t.org_id = (select $1::int) and t.id = i.twin_id group by 2
  union all
  select 'shared_twin_interactions', 'emptied', count(*)::int
  from shared_twin_interactions where org_id = (select $1::int) and twin_owner_id = $2::uuid and accessing_user_id <> $2::uuid
  union all
  select 'feature_events', 'erased', count(*)::int from feature_events where org_id = (select $1::int) and user_id = $2::uuid;
