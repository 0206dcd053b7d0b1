-- takes: org_id int, email_key text
-- gives: 
update auth.invitations set revoked_at = now()
where org_id = (select $1::int) and email_key = $2::text and accepted_at is null and revoked_at is null;
