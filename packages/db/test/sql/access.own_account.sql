-- takes: id uuid
-- gives: id uuid, email text, full_name text
select id, email, full_name from auth.accounts where id = $1::uuid;
