-- takes: org_id int, n int
-- gives: name_key text
select name_key from users where org_id = (select $1::int) and n = $2::int;
