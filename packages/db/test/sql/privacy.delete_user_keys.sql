-- takes: org_id int, user_id uuid
-- gives: gone int
delete from user_keys where org_id = (select $1::int) and user_id = $2::uuid returning 1 as gone;
