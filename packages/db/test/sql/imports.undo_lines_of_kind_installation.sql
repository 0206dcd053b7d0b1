-- takes: org_id int, run_id int, held_ids uuid[], after uuid, limit int, all_held boolean
-- gives: id uuid, conversation_id uuid?, stays text?
with l as materialized (
  select id, conversation_id from imported_rows
  where org_id = (select $1::int) and run_id = $2::int and kind = 'installation' and id > $3::uuid order by id limit $4::int
)
select l.id, l.conversation_id, case
    when r.id is null then 'gone'
    when not (
    select bool_and(i.run_id = $2::int or u.status = 'undone') from imported_rows i
    join import_runs u on u.org_id = (select $1::int) and u.id = i.run_id where i.org_id = (select $1::int) and i.id = l.id) then 'shared'
    when (coalesce(r.installed_at >= o.sealed_from and r.installed_at < o.sealed_before, false) or coalesce(r.uninstalled_at >= o.sealed_from and r.uninstalled_at < o.sealed_before, false)) then 'final'
    when $5::boolean or exists (select from twins t where t.org_id = (select $1::int) and t.id = r.twin_id and coalesce(t.user_id = any ($6::uuid[]), false)) then 'held'
    
  end as stays
from l join organizations o on o.id = (select $1::int)
left join lateral (select * from twin_installations where org_id = (select $1::int) and id = l.id limit 1) r on true
order by l.id;
