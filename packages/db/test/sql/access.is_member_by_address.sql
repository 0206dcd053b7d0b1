-- takes: org_id int, email_key text
-- gives: 
select from auth.memberships m join auth.accounts a on a.id = m.account_id
where m.org_id = (select $1::int) and a.email_key = $2::text;
