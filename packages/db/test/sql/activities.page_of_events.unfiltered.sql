-- takes: 
-- gives: id uuid, used_at timestamptz, count int, user_id uuid
select e.id, e.used_at, e.count, e.user_id from feature_events e
where e.org_id = (select $1::int) and e.feature_name = $2 and e.id >= $3::uuid and e.id < $4::uuid
order by e.id desc limit $5;
