-- takes: org_id int, id uuid, reason text, is_last boolean
-- gives: 
update exports set error = $1::text, status = case when $2::boolean then 'failed' else status end
where org_id = (select $3::int) and id = $4::uuid and status = 'queued';
