-- takes: org_id int, user_id uuid
-- gives: 
select from users where org_id = (select $1::int) and id = $2::uuid;
