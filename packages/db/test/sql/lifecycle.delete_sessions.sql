-- takes: org_id int, ids uuid[]
-- gives: 
delete from sessions where org_id = (select $1::int) and id = any ($2::uuid[]);
