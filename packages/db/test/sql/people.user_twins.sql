-- takes: org_id int, user_id uuid
-- gives: id uuid, name text, is_shared boolean, created_at timestamptz, last_trained_at timestamptz?, installations int
select t.id, t.name, t.is_shared, t.created_at, t.last_trained_at, (
    select count(*)::int from twin_installations i
    where i.org_id = (select $1::int) and i.twin_id = t.id and i.uninstalled_at is null
  ) as installations
from twins t where t.org_id = (select $1::int) and t.user_id = $2::uuid order by t.created_at, t.id;
