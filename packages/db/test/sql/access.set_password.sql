-- takes: id uuid, password_hash text
-- gives: 
update auth.accounts set password_hash = $1::text where id = $2::uuid;
