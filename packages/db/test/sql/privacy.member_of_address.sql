-- takes: org_id int, email_key text
-- gives: 
select from auth.accounts a join auth.memberships m on m.account_id = a.id and m.org_id = (select $1::int) where a.email_key = $2::text;
