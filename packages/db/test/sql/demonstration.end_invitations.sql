-- takes: org_id int
-- gives: 
delete from auth.invitations where org_id = (select $1::int);
