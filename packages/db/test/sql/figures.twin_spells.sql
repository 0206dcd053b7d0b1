-- takes: org_id int, id uuid
-- gives: platform text, workspace_id text?, workspace_name text?, installed_at timestamptz?, uninstalled_at timestamptz?, open int, total int
select platform, workspace_id, workspace_name, installed_at, uninstalled_at,
  (count(*) filter (where uninstalled_at is null) over ())::int as open, (count(*) over ())::int as total
from twin_installations where org_id = (select $1::int) and twin_id = $2::uuid
order by uninstalled_at desc nulls first, installed_at desc nulls last, id desc limit 200;
