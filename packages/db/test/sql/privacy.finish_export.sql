-- takes: org_id int, id uuid, wrapped bytea, bytes bigint, now timestamptz
-- gives: 
update exports set status = 'ready', error = null, wrapped = $1::bytea, bytes = $2::bigint, ready_at = $3::timestamptz where org_id = (select $4::int) and id = $5::uuid;
