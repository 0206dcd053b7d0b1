-- takes: org_id int, run_id int, held_ids uuid[], after uuid, limit int, all_held boolean
-- gives: id uuid, conversation_id uuid?, stays text?
with l as materialized (
  select id, conversation_id from imported_rows
  where org_id = (select $1::int) and run_id = $2::int and kind = 'twin' and id > $3::uuid order by id limit $4::int
)
select l.id, l.conversation_id, case
    when r.id is null then 'gone'
    when not (
    select bool_and(i.run_id = $2::int or u.status = 'undone') from imported_rows i
    join import_runs u on u.org_id = (select $1::int) and u.id = i.run_id where i.org_id = (select $1::int) and i.id = l.id) then 'shared'
    when exists (select from user_days d where d.org_id = (select $1::int) and d.twin_id = r.id and is_sealed(d.day, o)) then 'final'
    when $5::boolean or coalesce(r.user_id = any ($6::uuid[]), false) then 'held'
    when (
exists (select from activities a where a.org_id = (select $1::int) and a.twin_id = r.id and true)
or exists (select from sessions s where s.org_id = (select $1::int) and s.twin_id = r.id and not s.is_derived and true)
or exists (select from twin_installations p where p.org_id = (select $1::int) and p.twin_id = r.id and true)) then 'used'
  end as stays
from l join organizations o on o.id = (select $1::int)
left join lateral (select * from twins where org_id = (select $1::int) and id = l.id limit 1) r on true
order by l.id;
