-- takes: org_id int, account_id uuid
-- gives: org_id int
select o.id as org_id from auth.memberships m join auth.organizations o on o.id = m.org_id
where m.account_id = $1::uuid and m.role = 'owner' and m.deactivated_at is null and not o.is_demo
order by o.id = (select demo_of from auth.organizations where id = (select $2::int)) desc nulls last, m.created_at, o.id limit 1;
