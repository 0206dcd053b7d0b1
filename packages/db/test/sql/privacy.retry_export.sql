-- takes: org_id int, id uuid
-- gives: 
update exports set status = 'queued' where org_id = (select $1::int) and id = $2::uuid and status = 'failed';
