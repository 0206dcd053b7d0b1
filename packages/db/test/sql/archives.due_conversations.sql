-- takes: org_id int, from timestamptz, before timestamptz, held uuid[], ids uuid[]
-- gives: id uuid, user_id uuid, author_ids uuid[], last_at timestamptz, messages int, fresh int, fresh_bytes bigint, digest text, summary bytea?, summarised_until timestamptz?
  select a.id, a.user_id, m.author_ids, m.last_at, m.messages, m.fresh, m.fresh_bytes, m.digest, c.summary, c.summarised_until
  
from unnest($1::uuid[]) i (id) join activities a on a.org_id = (select $2::int) and a.id = i.id
join conversations c on c.org_id = (select $2::int) and c.activity_id = i.id
cross join lateral (
  select min(m.created_at) as first_at, max(m.created_at) as last_at, count(*)::int as messages,
    coalesce(array_agg(distinct m.user_id) filter (where m.user_id is not null), '{}') as author_ids, count(*) filter (where m.created_at > c.summarised_until is not false)::int as fresh,
    coalesce(sum(octet_length(m.content)) filter (where m.created_at > c.summarised_until is not false), 0)::bigint as fresh_bytes,
    -- Of 128 bits, whatever the order and however many they are: as one string they would not fit into memory.
    to_hex(bit_xor(hashtextextended(h.text, 0))) || to_hex(bit_xor(hashtextextended(h.text, 1))) as digest
  from messages m cross join lateral (select m.id::text || coalesce(m.user_id::text, '') || coalesce(md5(m.content), '') as text) h where m.org_id = (select $2::int) and m.conversation_id = i.id
) m
where a.started_at >= $3::timestamptz and a.started_at < $4::timestamptz and m.first_at >= $3::timestamptz and m.last_at < $4::timestamptz
  and not (cardinality($5::uuid[]) > 0 and (
  a.user_id = any ($5::uuid[])
  or exists (select from twins t where t.org_id = a.org_id and t.id = a.twin_id and t.user_id = any ($5::uuid[]))
  or exists (select from messages m where m.org_id = a.org_id and m.conversation_id = a.id and m.user_id = any ($5::uuid[]))
  or exists (select from conversations c where c.org_id = a.org_id and c.activity_id = a.id and c.summary_author_ids && $5::uuid[])
  or exists (select from shared_twin_interactions i where i.org_id = a.org_id and i.activity_id = a.id
    and (i.accessing_user_id = any ($5::uuid[]) or i.twin_owner_id = any ($5::uuid[])))))
  and not exists (select from users u where u.org_id = (select $2::int) and u.id = any (m.author_ids || a.user_id) and u.deleted_at is not null)
  order by a.id;
