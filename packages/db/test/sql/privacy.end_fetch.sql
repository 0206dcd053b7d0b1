-- takes: org_id int, id uuid, now timestamptz
-- gives: 
update exports set status = 'fetched', fetched_at = $1::timestamptz, wrapped = null where org_id = (select $2::int) and id = $3::uuid;
