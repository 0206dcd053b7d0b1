-- takes: org_id int, id uuid, counts jsonb
-- gives: 
update erasures set counts = $1::jsonb where org_id = (select $2::int) and id = $3::uuid;
