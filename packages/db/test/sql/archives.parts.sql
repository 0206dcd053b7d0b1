-- takes: org_id int, month text?
-- gives: month date, seq int, manifest_sha256 text, row_count bigint
select month, seq, manifest_sha256, row_count from archive_parts
where org_id = (select $1::int) and status in ('purging', 'purged') and ($2::text is null or month = ($2::text || '-01')::date) order by month, seq;
