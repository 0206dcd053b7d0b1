-- takes: email_key text
-- gives: id uuid, is_demo boolean
select id, is_demo from auth.accounts where email_key = $1::text;
