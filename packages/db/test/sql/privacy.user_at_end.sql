-- takes: org_id int, user_id uuid
-- gives: email_key text, created_at timestamptz
select email_key, created_at from users where org_id = (select $1::int) and id = $2::uuid;
