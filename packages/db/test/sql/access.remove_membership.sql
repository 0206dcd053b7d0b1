-- takes: org_id int, account_id uuid
-- gives: 
delete from auth.memberships where org_id = (select $1::int) and account_id = $2::uuid;
