-- takes: org_id int, limit int
-- gives: id text, name text
with recursive who as (
  (select actor_id from audit_log where org_id = (select $1::int) order by actor_id limit 1)
  union all
  select (select a.actor_id from audit_log a where a.org_id = (select $1::int) and a.actor_id > w.actor_id order by a.actor_id limit 1)
  from who w where w.actor_id is not null
)
select w.actor_id as id, n.actor_name as name
from (select actor_id from who where actor_id is not null limit $2::int) w
cross join lateral (
  select a.actor_name from audit_log a where a.org_id = (select $1::int) and a.actor_id = w.actor_id order by a.id desc limit 1
) n
order by n.actor_name, w.actor_id;
