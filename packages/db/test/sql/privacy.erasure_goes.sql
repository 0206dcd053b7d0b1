-- takes: org_id int, user_id uuid, n int
-- gives: table_name text, what text, rows int
  with own as materialized (
    select a.id, f.next_id from activities a
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
) n order by place limit 1) f on a.activity_type = 'conversation' where a.org_id = (select $1::int) and a.user_id = $2::uuid
  ),
  twin as materialized (
    select t.id, (
exists (select from activities a where a.org_id = (select $1::int) and a.twin_id = t.id and a.user_id <> $2::uuid)
or exists (select from sessions s where s.org_id = (select $1::int) and s.twin_id = t.id and s.user_id <> $2::uuid)
or exists (
  select from activities a join messages m on m.org_id = (select $1::int) and m.conversation_id = a.id
  where a.org_id = (select $1::int) and a.twin_id = t.id and m.sender_type = 'user' and m.user_id <> $2::uuid
)
or exists (select from user_days d where d.org_id = (select $1::int) and d.twin_id = t.id and d.n <> $3::int)) as stays from twins t where t.org_id = (select $1::int) and t.user_id = $2::uuid
  )
  select 'sessions' as table_name, 'erased' as what, count(*)::int as rows from sessions where org_id = (select $1::int) and user_id = $2::uuid
  union all
  select 'twins', case when stays then 'emptied' else 'erased' end, count(*)::int from twin group by 2
  union all
  select 'twin_installations', 'erased', count(*)::int
  from twin t join twin_installations i on i.org_id = (select $1::int) and i.twin_id = t.id where not t.stays
  union all
  select 'external_ids', 'erased', count(*)::int
  from (
    select id from own where next_id is null union all select id from twin where not stays union all select $2::uuid
    union all select id from sessions where org_id = (select $1::int) and user_id = $2::uuid
    union all select id from feature_events where org_id = (select $1::int) and user_id = $2::uuid
  ) r join external_ids e on e.org_id = (select $1::int) and e.id = r.id
  union all
  select 'exports', 'erased', count(*)::int from exports where org_id = (select $1::int) and user_id = $2::uuid
  union all
  select 'user_keys', 'erased', count(*)::int from user_keys where org_id = (select $1::int) and user_id = $2::uuid
  union all
  select 'users', 'erased', count(*)::int from users where org_id = (select $1::int) and id = $2::uuid;
