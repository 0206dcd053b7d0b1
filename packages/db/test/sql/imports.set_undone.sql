-- takes: org_id int, id int
-- gives: 
update import_runs set status = 'undone' where org_id = (select $1::int) and id = $2::int and status = 'undoing';
