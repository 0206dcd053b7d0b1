-- takes: org_id int, from timestamptz, before timestamptz, held uuid[], first uuid, last uuid, settled timestamptz
-- gives: counts json, first_day date?, last_day date?
  with z as (select day_rule_of(o) as rule from organizations o where id = (select $1::int)),
  a as (
with a as materialized (select org_id, id, user_id, twin_id, session_id from activities where org_id = (select $1::int) and id >= $2::uuid and id < $3::uuid)
select a.id, a.user_id, coalesce(c.message_count, 0) as messages,
  not (coalesce(c.is_outside, false) or coalesce(m.is_outside, false) or coalesce(d.is_outside, false) or coalesce(q.is_outside, false)
    or coalesce(s.is_outside, false) or coalesce(v.is_in_sight, false) or (cardinality($4::uuid[]) > 0 and (
  a.user_id = any ($4::uuid[])
  or exists (select from twins t where t.org_id = a.org_id and t.id = a.twin_id and t.user_id = any ($4::uuid[]))
  or exists (select from messages m where m.org_id = a.org_id and m.conversation_id = a.id and m.user_id = any ($4::uuid[]))
  or exists (select from conversations c where c.org_id = a.org_id and c.activity_id = a.id and c.summary_author_ids && $4::uuid[])
  or exists (select from shared_twin_interactions i where i.org_id = a.org_id and i.activity_id = a.id
    and (i.accessing_user_id = any ($4::uuid[]) or i.twin_owner_id = any ($4::uuid[])))))) as due
from a
left join lateral (select message_count, (summarised_until < $5::timestamptz or summarised_until >= $6::timestamptz) as is_outside from conversations where org_id = (select $1::int) and activity_id = a.id
  and activity_id between $2::uuid and $3::uuid limit 1) c on true
left join lateral (select true as is_outside from messages where org_id = (select $1::int) and conversation_id = a.id
  and conversation_id between $2::uuid and $3::uuid and (id < uuid_floor($5::timestamptz) or id >= uuid_floor($6::timestamptz)) limit 1) m on true
left join lateral (select (created_at < $5::timestamptz or created_at >= $6::timestamptz) as is_outside from documents where org_id = (select $1::int) and activity_id = a.id
  and activity_id between $2::uuid and $3::uuid limit 1) d on true
left join lateral (select (created_at < $5::timestamptz or created_at >= $6::timestamptz) as is_outside from queries where org_id = (select $1::int) and activity_id = a.id
  and activity_id between $2::uuid and $3::uuid limit 1) q on true
left join lateral (select (created_at < $5::timestamptz or created_at >= $6::timestamptz) as is_outside from shared_twin_interactions where org_id = (select $1::int)
  and activity_id = a.id and activity_id between $2::uuid and $3::uuid limit 1) s on true
left join lateral (select coalesce(ended_at, started_at) >= $7::timestamptz as is_in_sight from sessions
  where org_id = (select $1::int) and id = a.session_id limit 1) v on true
order by a.id),
  d as (select id, user_id from a where due),
  f as (select id from feature_events where org_id = (select $1::int) and id >= uuid_floor($5::timestamptz) and id < uuid_floor($6::timestamptz) and user_id <> all ($4::uuid[]))
  select json_build_object('activities', (select count(*) from d), 'feature_events', (select count(*) from f), 'conversations', (select count(*) from conversations p join d on d.id = p.activity_id where p.org_id = (select $1::int) and p.activity_id >= $2::uuid and p.activity_id < $3::uuid
  ), 'messages', (select count(*) from messages p join d on d.id = p.conversation_id where p.org_id = (select $1::int) and p.conversation_id >= $2::uuid and p.conversation_id < $3::uuid
  and exists (select from users where org_id = (select $1::int) and deleted_at is not null) and exists (select from users u where u.org_id = (select $1::int) and u.id = any (array(select w.user_id from messages w where w.org_id = (select $1::int) and w.conversation_id = d.id and w.user_id is not null) || d.user_id) and u.deleted_at is not null)), 'documents', (select count(*) from documents p join d on d.id = p.activity_id where p.org_id = (select $1::int) and p.activity_id >= $2::uuid and p.activity_id < $3::uuid
  ), 'queries', (select count(*) from queries p join d on d.id = p.activity_id where p.org_id = (select $1::int) and p.activity_id >= $2::uuid and p.activity_id < $3::uuid
  ), 'shared_twin_interactions', (select count(*) from shared_twin_interactions p join d on d.id = p.activity_id where p.org_id = (select $1::int) and p.activity_id >= $2::uuid and p.activity_id < $3::uuid
  )) as counts,
    (select day_of(uuid_time(min(id::text)::uuid), (select rule from z)) from (select id from d union all select id from f) i) as first_day,
    (select day_of(uuid_time(max(id::text)::uuid), (select rule from z)) from (select id from d union all select id from f) i) as last_day;
