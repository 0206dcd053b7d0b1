-- takes: org_id int, account_id uuid
-- gives: 
delete from auth.sessions
where user_id = $1::uuid and (org_id = (select $2::int) or org_id is null);
