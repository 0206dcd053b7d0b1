-- takes: 
-- gives: found int
select count(*)::int as found from (select from users u where u.org_id = $1 and u.deleted_at is null and (u.id = any($2)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($3) and (coalesce(nullif(u.department, ''), '(none)') = any($4)) is not true and u.company = $5 and (coalesce(nullif(u.company, ''), '(none)') = any($6)) is not true limit 10001) c;
