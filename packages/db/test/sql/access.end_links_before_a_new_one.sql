-- takes: kind text, account_id uuid?
-- gives: 
delete from auth.links
where expires_at < now() or (kind = $1::text and account_id is not distinct from $2::uuid);
