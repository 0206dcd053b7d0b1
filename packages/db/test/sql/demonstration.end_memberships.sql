-- takes: org_id int
-- gives: 
delete from auth.memberships where org_id = (select $1::int);
