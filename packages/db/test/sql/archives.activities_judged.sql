-- takes: org_id int, from timestamptz, before timestamptz, held uuid[], first uuid, last uuid, settled timestamptz, ids uuid[]
-- gives: id uuid, user_id uuid, messages int, due boolean
with a as materialized (select org_id, id, user_id, twin_id, session_id from activities where org_id = (select $1::int) and id between $2::uuid and $3::uuid and id = any ($4::uuid[]))
select a.id, a.user_id, coalesce(c.message_count, 0) as messages,
  not (coalesce(c.is_outside, false) or coalesce(m.is_outside, false) or coalesce(d.is_outside, false) or coalesce(q.is_outside, false)
    or coalesce(s.is_outside, false) or coalesce(v.is_in_sight, false) or (cardinality($5::uuid[]) > 0 and (
  a.user_id = any ($5::uuid[])
  or exists (select from twins t where t.org_id = a.org_id and t.id = a.twin_id and t.user_id = any ($5::uuid[]))
  or exists (select from messages m where m.org_id = a.org_id and m.conversation_id = a.id and m.user_id = any ($5::uuid[]))
  or exists (select from conversations c where c.org_id = a.org_id and c.activity_id = a.id and c.summary_author_ids && $5::uuid[])
  or exists (select from shared_twin_interactions i where i.org_id = a.org_id and i.activity_id = a.id
    and (i.accessing_user_id = any ($5::uuid[]) or i.twin_owner_id = any ($5::uuid[])))))) as due
from a
left join lateral (select message_count, (summarised_until < $6::timestamptz or summarised_until >= $7::timestamptz) as is_outside from conversations where org_id = (select $1::int) and activity_id = a.id
  and activity_id between $2::uuid and $3::uuid limit 1) c on true
left join lateral (select true as is_outside from messages where org_id = (select $1::int) and conversation_id = a.id
  and conversation_id between $2::uuid and $3::uuid and (id < uuid_floor($6::timestamptz) or id >= uuid_floor($7::timestamptz)) limit 1) m on true
left join lateral (select (created_at < $6::timestamptz or created_at >= $7::timestamptz) as is_outside from documents where org_id = (select $1::int) and activity_id = a.id
  and activity_id between $2::uuid and $3::uuid limit 1) d on true
left join lateral (select (created_at < $6::timestamptz or created_at >= $7::timestamptz) as is_outside from queries where org_id = (select $1::int) and activity_id = a.id
  and activity_id between $2::uuid and $3::uuid limit 1) q on true
left join lateral (select (created_at < $6::timestamptz or created_at >= $7::timestamptz) as is_outside from shared_twin_interactions where org_id = (select $1::int)
  and activity_id = a.id and activity_id between $2::uuid and $3::uuid limit 1) s on true
left join lateral (select coalesce(ended_at, started_at) >= $8::timestamptz as is_in_sight from sessions
  where org_id = (select $1::int) and id = a.session_id limit 1) v on true
order by a.id;
