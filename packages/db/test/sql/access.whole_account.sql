-- takes: id uuid
-- gives: email text, full_name text, is_demo boolean, password_hash text?, password_changed_at timestamptz?
select email, full_name, is_demo, password_hash, password_changed_at from auth.accounts where id = $1::uuid;
