-- takes: org_id int, user_id uuid
-- gives: 
update users set deleted_at = null where org_id = (select $1::int) and id = $2::uuid;
