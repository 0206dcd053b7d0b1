-- takes: org_id int, purpose text
-- gives: wrapped bytea
select wrapped from org_keys where org_id = $1::int and purpose = $2::text;
