-- takes: org_id int
-- gives: 
delete from auth.api_keys where org_id = (select $1::int);
