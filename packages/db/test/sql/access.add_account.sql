-- takes: id uuid, email text, email_key text, full_name text, password_hash text?, is_demo boolean
-- gives: id uuid
insert into auth.accounts (id, email, email_key, full_name, password_hash, is_demo)
values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::boolean)
on conflict (email_key) do nothing returning id;
