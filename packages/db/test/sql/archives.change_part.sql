-- takes: org_id int, month date, seq int, run_id uuid
-- gives: changed int
update archive_parts set "status" = $1
where org_id = (select $2::int) and month = $3::date and seq = $4::int and run_id = $5::uuid returning 1 as changed;
