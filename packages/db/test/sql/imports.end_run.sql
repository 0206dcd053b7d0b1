-- takes: org_id int, id int, status text, outcome jsonb
-- gives: 
update import_runs set status = $1::text, ended_at = now(), outcome = $2::jsonb
where org_id = (select $3::int) and id = $4::int and status = 'running';
