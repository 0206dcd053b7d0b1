-- takes: org_id int, run_id int, held_ids uuid[], after uuid, limit int, all_held boolean
-- gives: id uuid, conversation_id uuid?, stays text?
with l as materialized (
  select id, conversation_id from imported_rows
  where org_id = (select $1::int) and run_id = $2::int and kind = 'user' and id > $3::uuid order by id limit $4::int
)
select l.id, l.conversation_id, case
    when r.id is null then 'gone'
    when not (
    select bool_and(i.run_id = $2::int or u.status = 'undone') from imported_rows i
    join import_runs u on u.org_id = (select $1::int) and u.id = i.run_id where i.org_id = (select $1::int) and i.id = l.id) then 'shared'
    when (r.created_at_source = 'sent' and coalesce(r.created_at >= o.sealed_from and r.created_at < o.sealed_before, false)
or exists (select from user_days d where d.org_id = (select $1::int) and d.n = r.n and is_sealed(d.day, o))
or exists (select from feature_usage f where f.org_id = (select $1::int) and f.n = r.n and is_sealed(f.usage_date, o))) then 'final'
    when $5::boolean or (coalesce(r.id = any ($6::uuid[]), false) or r.deleted_at is not null
or exists (select from erasures e where e.org_id = (select $1::int) and e.user_id = r.id and e.status in ('asked', 'erasing'))) then 'held'
    when (
exists (select from activities a where a.org_id = (select $1::int) and a.user_id = r.id and not exists (select from going g where g.id = a.id))
or exists (select from messages m where m.org_id = (select $1::int) and m.user_id = r.id and not exists (select from going g where g.id = m.id))
or exists (select from sessions s where s.org_id = (select $1::int) and s.user_id = r.id and not s.is_derived and not exists (select from going g where g.id = s.id))
or exists (select from feature_events f where f.org_id = (select $1::int) and f.user_id = r.id and not exists (select from going g where g.id = f.id))
or exists (select from shared_twin_interactions x join activities a on a.org_id = (select $1::int) and a.id = x.activity_id
  where x.org_id = (select $1::int) and x.twin_owner_id = r.id and not exists (select from going g where g.id = a.id))
or exists (select from conversations c where c.org_id = (select $1::int) and c.summary_author_ids is not null and r.id = any (c.summary_author_ids))
or exists (select from twins t where t.org_id = (select $1::int) and t.user_id = r.id and not exists (select from going g where g.id = t.id))) then 'used'
  end as stays
from l join organizations o on o.id = (select $1::int)
left join lateral (select * from users where org_id = (select $1::int) and id = l.id limit 1) r on true
order by l.id;
