-- takes: org_id int, id uuid, now timestamptz
-- gives: 
update erasures set status = 'undone', ended_at = $1::timestamptz where org_id = (select $2::int) and id = $3::uuid;
