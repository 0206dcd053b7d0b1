-- takes: org_id int, run_id int, gone uuid[], shared uuid[]
-- gives: 
delete from imported_rows
where org_id = (select $1::int) and (id = any ($2::uuid[]) or id = any ($3::uuid[]) and run_id = $4::int);
