-- takes: org_id int, demo_of int
-- gives: 
update auth.organizations set demo_of = $1::int where id = (select $2::int);
