-- takes: org_id int, account_id uuid, staying int
-- gives: 
update auth.sessions set org_id = case when user_id = $1::uuid then $2::int end where org_id = (select $3::int);
