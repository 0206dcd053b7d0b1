-- takes: org_id int, kind text
-- gives: source text
with recursive s as (
  (select source from external_ids where org_id = (select $1::int) and kind = $2::text order by source limit 1)
  union all
  select (select e.source from external_ids e where e.org_id = (select $1::int) and e.kind = $2::text and e.source > s.source
    order by e.source limit 1)
  from s where s.source is not null)
select source from s where source is not null;
