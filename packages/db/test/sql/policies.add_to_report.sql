-- takes: org_id int, data_type text, cut timestamptz?, now timestamptz, rows jsonb, bytes bigint, details jsonb
-- gives: 
insert into lifecycle_runs as r (org_id, data_type, cut, status, started_at, row_counts, bytes, details)
values ((select $1::int), $2::text, $3::timestamptz, 'running', $4::timestamptz, $5::jsonb, $6::bigint, $7::jsonb)
on conflict (org_id, data_type) where status = 'running' do update
set row_counts = r.row_counts || (
    select coalesce(jsonb_object_agg(t.key, t.value::bigint + coalesce((r.row_counts ->> t.key)::bigint, 0)), '{}')
    from jsonb_each_text(excluded.row_counts) t
  ),
  bytes = r.bytes + excluded.bytes, details = r.details || excluded.details, cut = excluded.cut;
