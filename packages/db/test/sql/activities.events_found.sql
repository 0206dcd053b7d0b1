-- takes: 
-- gives: found int, counted int
select count(*)::int as found, coalesce(sum(c.count), 0)::int as counted
from (select e.count from feature_events e where e.org_id = (select $1::int) and e.feature_name = $2 and (e.user_id = any($3)) is not true and e.user_id in (select u.id from users u where u.org_id = (select $4::int) and coalesce(nullif(u.department, ''), '(none)') = any($5) and (coalesce(nullif(u.department, ''), '(none)') = any($6)) is not true and u.company = $7 and (coalesce(nullif(u.company, ''), '(none)') = any($8)) is not true) and e.id >= $9::uuid and e.id < $10::uuid limit $11) c;
