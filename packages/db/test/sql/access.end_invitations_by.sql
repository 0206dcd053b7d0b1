-- takes: org_id int, account_id uuid
-- gives: 
update auth.invitations set revoked_at = now()
where org_id = (select $1::int) and invited_by = $2::uuid and accepted_at is null and revoked_at is null;
