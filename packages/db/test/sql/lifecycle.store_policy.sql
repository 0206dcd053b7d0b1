-- takes: org_id int, data_type text, count int, unit text, pending_count int?, pending_unit text?, pending_from timestamptz?, changed_at timestamptz, changed_by text
-- gives: 
insert into retention_policies
  (org_id, data_type, keep_count, keep_unit, pending_count, pending_unit, pending_from, changed_at, changed_by)
values ((select $1::int), $2::text, $3::int, $4::text, $5::int, $6::text, $7::timestamptz,
  $8::timestamptz, $9::text)
on conflict (org_id, data_type) do update set keep_count = excluded.keep_count, keep_unit = excluded.keep_unit,
  pending_count = excluded.pending_count, pending_unit = excluded.pending_unit, pending_from = excluded.pending_from,
  changed_at = excluded.changed_at, changed_by = excluded.changed_by;
