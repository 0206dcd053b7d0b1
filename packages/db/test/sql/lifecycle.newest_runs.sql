-- takes: org_id int, data_type text?, limit int
-- gives: id bigint, data_type text, cut timestamptz?, status text, reason text?, started_at timestamptz, finished_at timestamptz?, row_counts jsonb, bytes bigint, details jsonb
select id, data_type, cut, status, reason, started_at, finished_at, row_counts, bytes, details from lifecycle_runs
where org_id = (select $1::int) and ($2::text is null or data_type = $2::text) order by id desc limit $3::int;
