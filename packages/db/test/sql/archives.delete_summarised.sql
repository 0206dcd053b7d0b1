-- takes: org_id int, ids uuid[], most int
-- gives: rows int, bytes bigint
with gone as (
  delete from messages m using conversations c
  where c.org_id = (select $1::int) and c.activity_id = any ($2::uuid[]) and m.org_id = (select $1::int) and m.conversation_id = any ($2::uuid[])
    and m.conversation_id = c.activity_id and m.created_at <= c.summarised_until
    and (cardinality($2::uuid[]) > 1 or m.id <= coalesce((
      select n.id from messages n where n.org_id = (select $1::int) and n.conversation_id = ($2::uuid[])[1] order by n.id offset $3::int - 1 limit 1
    ), m.id))
  returning pg_column_size(m.*) as bytes
)
select count(*)::int as rows, coalesce(sum(bytes), 0)::bigint as bytes from gone;
