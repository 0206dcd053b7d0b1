-- takes: id text, org_id int
-- gives: id text
update auth.invitations set revoked_at = now()
where id = $1::text and org_id = (select $2::int) and accepted_at is null and revoked_at is null returning id;
