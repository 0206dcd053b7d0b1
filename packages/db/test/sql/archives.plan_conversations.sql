-- takes: org_id int, from timestamptz, before timestamptz, held uuid[]
-- gives: messages int, bytes bigint, first_day date?, last_day date?
  select coalesce(sum(d.messages), 0)::int as messages, coalesce(sum(d.bytes), 0)::bigint as bytes,
    day_of(min(d.first_at), day_rule_of(o)) as first_day, day_of(max(d.last_at), day_rule_of(o)) as last_day
  from organizations o left join (
    select m.messages, m.bytes, m.first_at, m.last_at 
from (select distinct conversation_id as id from messages
        where org_id = (select $1::int) and conversation_id >= uuid_floor($2::timestamptz) and conversation_id < uuid_floor($3::timestamptz)) i join activities a on a.org_id = (select $1::int) and a.id = i.id
join conversations c on c.org_id = (select $1::int) and c.activity_id = i.id
cross join lateral (
  select min(m.created_at) as first_at, max(m.created_at) as last_at, count(*)::int as messages,
    coalesce(array_agg(distinct m.user_id) filter (where m.user_id is not null), '{}') as author_ids, sum(100 + coalesce(pg_column_size(m.content), 0)) as bytes
  from messages m  where m.org_id = (select $1::int) and m.conversation_id = i.id
) m
where a.started_at >= $2::timestamptz and a.started_at < $3::timestamptz and m.first_at >= $2::timestamptz and m.last_at < $3::timestamptz
  and not (cardinality($4::uuid[]) > 0 and (
  a.user_id = any ($4::uuid[])
  or exists (select from twins t where t.org_id = a.org_id and t.id = a.twin_id and t.user_id = any ($4::uuid[]))
  or exists (select from messages m where m.org_id = a.org_id and m.conversation_id = a.id and m.user_id = any ($4::uuid[]))
  or exists (select from conversations c where c.org_id = a.org_id and c.activity_id = a.id and c.summary_author_ids && $4::uuid[])
  or exists (select from shared_twin_interactions i where i.org_id = a.org_id and i.activity_id = a.id
    and (i.accessing_user_id = any ($4::uuid[]) or i.twin_owner_id = any ($4::uuid[])))))
  and not exists (select from users u where u.org_id = (select $1::int) and u.id = any (m.author_ids || a.user_id) and u.deleted_at is not null)
  ) d on true
  where o.id = (select $1::int) group by o.id;
