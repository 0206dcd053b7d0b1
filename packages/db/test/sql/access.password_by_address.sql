-- takes: email_key text
-- gives: 
select from auth.accounts where email_key = $1::text and password_hash is not null;
