-- takes: org_id int, id int, kind text, rows int
-- gives: 
update import_runs set undone = undone || jsonb_build_object($1::text, coalesce((undone ->> $1::text)::int, 0) + $2::int)
where org_id = (select $3::int) and id = $4::int;
