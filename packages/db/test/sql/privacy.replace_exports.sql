-- takes: org_id int, user_id uuid, requested_by text
-- gives: 
with old as (
  update exports set status = 'expired', wrapped = null, error = null
  where org_id = (select $1::int) and user_id = $2::uuid and requested_by = $3::text and status in ('queued', 'ready', 'failed') returning id
) delete from export_chunks where org_id = (select $1::int) and export_id in (select id from old);
