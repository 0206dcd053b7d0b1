-- takes: org_id int, run_id uuid
-- gives: 
update archive_parts set run_id = $1::uuid where org_id = (select $2::int) and status in ('writing', 'written', 'verified', 'purging');
