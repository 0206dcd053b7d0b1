-- takes: org_id int, id bigint, limit int
-- gives: day date, table text, column text, rows int, before jsonb, after jsonb
select day, table_name as "table", column_name as "column", row_count as rows, before, after from backfill_changes
where org_id = (select $1::int) and backfill_id = $2::bigint
order by day, table_name <> 'daily_metrics', table_name, column_name, chunk limit $3::int;
