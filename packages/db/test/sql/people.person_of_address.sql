-- takes: org_id int, email_key text
-- gives: id uuid
select id from users where org_id = (select $1::int) and email_key = $2::text;
