-- takes: 
-- gives: email text
select a.email from auth.accounts a
where a.is_demo and exists (select from auth.memberships m where m.account_id = a.id and m.deactivated_at is null);
