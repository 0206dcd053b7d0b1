-- takes: id uuid, password_hash text
-- gives: 
update auth.accounts set password_hash = $1::text, password_changed_at = now() where id = $2::uuid;
