-- takes: account_id uuid, org_id int
-- gives: 
select from auth.accounts a join auth.organizations o on o.id = (select $1::int)
where a.id = $2::uuid and a.is_demo and not o.is_demo;
