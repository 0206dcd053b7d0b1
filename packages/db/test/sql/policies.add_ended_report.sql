-- takes: org_id int, data_type text, status text, reason text?, now timestamptz
-- gives: 
insert into lifecycle_runs (org_id, data_type, status, reason, started_at, finished_at)
values ((select $1::int), $2::text, $3::text, left($4::text, 2000), $5::timestamptz, $5::timestamptz);
