-- takes: org_id int, user_id uuid, now timestamptz, erasure_id uuid
-- gives: 
update erasures set status = 'undone', ended_at = $1::timestamptz where org_id = (select $2::int) and user_id = $3::uuid and status = 'asked' and id <> $4::uuid;
