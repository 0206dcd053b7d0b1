-- takes: org_id int, now timestamptz
-- gives: 
update auth.organizations set filled_at = $1::timestamptz where id = (select $2::int) and is_demo;
