-- takes: 
-- gives: id uuid, used_at timestamptz, count int, user_id uuid
select e.id, e.used_at, e.count, e.user_id from feature_events e
where e.org_id = (select $1::int) and e.feature_name = $2 and (e.user_id = any($3)) is not true and e.user_id in (select u.id from users u where u.org_id = (select $4::int) and coalesce(nullif(u.department, ''), '(none)') = any($5) and (coalesce(nullif(u.department, ''), '(none)') = any($6)) is not true and u.company = $7 and (coalesce(nullif(u.company, ''), '(none)') = any($8)) is not true) and e.id >= $9::uuid and e.id < $10::uuid
order by e.id desc limit $11;
