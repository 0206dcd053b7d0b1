-- takes: org_id int
-- gives: 
delete from auth.analyst_logins where org_id = (select $1::int);
