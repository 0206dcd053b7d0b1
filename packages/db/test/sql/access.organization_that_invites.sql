-- takes: org_id int
-- gives: name text, is_demo boolean
select name, is_demo from auth.organizations where id = (select $1::int);
