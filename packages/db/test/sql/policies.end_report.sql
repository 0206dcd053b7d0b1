-- takes: org_id int, data_type text, status text, reason text?, now timestamptz
-- gives: id bigint
update lifecycle_runs set status = $1::text, reason = left($2::text, 2000), finished_at = $3::timestamptz
where org_id = (select $4::int) and data_type = $5::text and status = 'running' returning id;
