-- takes: org_id int, id uuid
-- gives: 
update erasures set immediately = true where org_id = (select $1::int) and id = $2::uuid;
