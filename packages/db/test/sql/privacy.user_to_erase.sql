-- takes: org_id int, user_id uuid
-- gives: email_key text
select email_key from users where org_id = (select $1::int) and id = $2::uuid for no key update;
