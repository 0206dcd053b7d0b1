-- takes: org_id int, user_id uuid, now timestamptz
-- gives: 
update users set deleted_at = $1::timestamptz where org_id = (select $2::int) and id = $3::uuid;
