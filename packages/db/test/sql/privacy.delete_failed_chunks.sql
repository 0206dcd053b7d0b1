-- takes: org_id int, id uuid
-- gives: 
delete from export_chunks c using exports x
where c.org_id = (select $1::int) and c.export_id = $2::uuid and x.org_id = (select $1::int) and x.id = $2::uuid and x.status = 'failed';
