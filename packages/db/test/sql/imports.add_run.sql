-- takes: org_id int, command text, source text
-- gives: id int
insert into import_runs (org_id, command, source) values ((select $1::int), $2::text, $3::text) returning id;
