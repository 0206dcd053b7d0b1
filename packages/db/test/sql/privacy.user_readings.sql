-- takes: org_id int, user_id uuid
-- gives: at timestamptz, by text, reason text, activity_id uuid
select r.at, r.actor_name as by, coalesce(r.reason, '') as reason, r.object_id::uuid as activity_id
from audit_log r
where r.org_id = (select $1::int) and r.object_type = 'activity' and r.action = 'content.read' and (
  exists (select from activities a where a.org_id = (select $1::int) and a.id = r.object_id::uuid and a.user_id = $2::uuid)
  or exists (select from messages m where m.org_id = (select $1::int) and m.conversation_id = r.object_id::uuid and m.user_id = $2::uuid))
order by r.id desc limit 50;
