-- takes: org_id int, month text, now timestamptz, until timestamptz, activities bigint, rows bigint
-- gives: status text
update restorations set status = 'done', restored_at = $1::timestamptz, expires_at = $2::timestamptz,
  activity_count = $3::bigint, row_count = $4::bigint
where org_id = (select $5::int) and month = ($6::text || '-01')::date and status <> 'dropping' returning status;
