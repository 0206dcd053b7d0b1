-- takes: 
-- gives: id uuid, n int, full_name text, email text, company text?, department text?, created_at timestamptz, last_active_at timestamptz?
select u.id, u.n, u.full_name, u.email, u.company, u.department, u.created_at, u.last_active_at
from users u where u.org_id = $1 and u.deleted_at is null and (u.id = any($2)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($3) and (coalesce(nullif(u.department, ''), '(none)') = any($4)) is not true and u.company = $5 and (coalesce(nullif(u.company, ''), '(none)') = any($6)) is not true and u.last_active_at is not null
order by u.last_active_at desc nulls last, u.n desc limit 3;
