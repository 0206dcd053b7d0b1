-- takes: org_id int, account_id uuid
-- gives: 
select from auth.memberships m join auth.accounts a on a.id = m.account_id
where m.org_id = (select $1::int) and m.account_id <> $2::uuid and m.role = 'owner'
  and m.deactivated_at is null and a.password_hash is not null limit 1;
