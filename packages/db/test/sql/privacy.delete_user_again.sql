-- takes: org_id int, user_id uuid, asked_at timestamptz
-- gives: email_key text
update users set deleted_at = coalesce(deleted_at, $1::timestamptz) where org_id = (select $2::int) and id = $3::uuid returning email_key;
