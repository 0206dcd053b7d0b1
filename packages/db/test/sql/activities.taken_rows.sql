-- takes: org_id int, types text[]
-- gives: data_type text, cut timestamptz
select data_type, max(cut) as cut from lifecycle_runs
where org_id = (select $1::int) and data_type = any ($2::text[]) and cut is not null and row_counts <> '{}' group by data_type
union all
select null, 'infinity' where exists (select from erasures where org_id = (select $1::int) and status in ('erasing', 'erased'));
