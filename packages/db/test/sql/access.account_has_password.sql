-- takes: id uuid
-- gives: has_password boolean
select password_hash is not null as has_password from auth.accounts where id = $1::uuid;
