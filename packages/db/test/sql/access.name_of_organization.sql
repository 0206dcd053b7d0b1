-- takes: org_id int
-- gives: name text
select name from auth.organizations where id = (select $1::int);
