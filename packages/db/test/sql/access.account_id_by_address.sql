-- takes: email_key text
-- gives: id uuid
select id from auth.accounts where email_key = $1::text;
