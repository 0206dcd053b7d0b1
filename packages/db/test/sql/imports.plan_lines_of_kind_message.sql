-- takes: org_id int, run_id int, held_ids uuid[], after uuid, limit int, all_held boolean
-- gives: id uuid, conversation_id uuid?, stays text?
with l as materialized (
  select id, conversation_id from imported_rows
  where org_id = (select $1::int) and run_id = $2::int and kind = 'message' and id > $3::uuid order by id limit $4::int
)
select l.id, l.conversation_id, case
    when r.id is null then 'gone'
    when not (
    select bool_and(i.run_id = $2::int or u.status = 'undone') from imported_rows i
    join import_runs u on u.org_id = (select $1::int) and u.id = i.run_id where i.org_id = (select $1::int) and i.id = l.id) then 'shared'
    when coalesce(r.created_at >= o.sealed_from and r.created_at < o.sealed_before, false) then 'final'
    when $5::boolean or exists (select from activities h where h.org_id = (select $1::int) and h.id = r.conversation_id and (cardinality($6::uuid[]) > 0 and (
h.user_id = any ($6::uuid[])
or exists (select from twins t where t.org_id = h.org_id and t.id = h.twin_id and t.user_id = any ($6::uuid[]))
or exists (select from messages m where m.org_id = h.org_id and m.conversation_id = h.id and m.user_id = any ($6::uuid[]))
or exists (select from conversations c where c.org_id = h.org_id and c.activity_id = h.id and c.summary_author_ids && $6::uuid[])
or exists (select from shared_twin_interactions i where i.org_id = h.org_id and i.activity_id = h.id
  and (i.accessing_user_id = any ($6::uuid[]) or i.twin_owner_id = any ($6::uuid[])))))) then 'held'
    
  end as stays
from l join organizations o on o.id = (select $1::int)
left join lateral (select * from messages where org_id = (select $1::int) and conversation_id = l.conversation_id and id = l.id limit 1) r on true
order by l.id;
