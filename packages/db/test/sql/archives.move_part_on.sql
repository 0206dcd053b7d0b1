-- takes: org_id int, month date, seq int, run_id uuid, upto uuid?, left_out int
-- gives: moved int
update archive_parts set purged_upto = coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), left_out_count = left_out_count + $2::int
where org_id = (select $3::int) and month = $4::date and seq = $5::int and run_id = $6::uuid returning 1 as moved;
