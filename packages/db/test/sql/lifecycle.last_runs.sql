-- takes: org_id int
-- gives: id bigint, data_type text, cut timestamptz?, status text, reason text?, started_at timestamptz, finished_at timestamptz?, row_counts jsonb, bytes bigint, details jsonb
select distinct on (data_type) id, data_type, cut, status, reason, started_at, finished_at, row_counts, bytes, details from lifecycle_runs where org_id = (select $1::int) order by data_type, id desc;
