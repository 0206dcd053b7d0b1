-- takes: id uuid
-- gives: 
update auth.accounts set verified_at = now() where id = $1::uuid;
