-- takes: org_id int, id uuid
-- gives: id uuid, n int, email text, full_name text, company text?, department text?, timezone text, created_at timestamptz, last_active_at timestamptz?, first_day date?, deleted_at timestamptz?, state text
select u.id, u.n, u.email, u.full_name, u.company, u.department, u.timezone, u.created_at, u.last_active_at,
  u.first_day, u.deleted_at,
  case when u.deleted_at is null then 'here' when exists (
    select from erasures e where e.org_id = (select $1::int) and e.user_id = u.id and e.status = 'erasing'
  ) then 'erasing' else 'leaving' end as state
from users u where u.org_id = (select $1::int) and u.id = $2::uuid;
