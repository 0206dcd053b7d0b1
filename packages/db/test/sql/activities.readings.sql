-- takes: org_id int, id uuid
-- gives: at timestamptz, by text, reason text
select at, actor_name as by, coalesce(reason, '') as reason from audit_log
where org_id = (select $1::int) and object_type = 'activity' and object_id = $2::uuid::text and action = 'content.read'
order by id desc limit 100;
