-- takes: org_id int, id int
-- gives: 
select from import_runs where org_id = (select $1::int) and id = $2::int for update;
