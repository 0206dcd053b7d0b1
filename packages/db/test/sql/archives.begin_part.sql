-- takes: org_id int, month date, cut timestamptz, run_id uuid, location text, now timestamptz
-- gives: month date, seq int, run_id uuid, status text, manifest jsonb, manifest_sha256 text?, purged_upto uuid?, damage text?, cut timestamptz
insert into archive_parts (org_id, month, seq, cut, status, run_id, location, created_at)
select (select $1::int), $2::date, coalesce(max(seq), 0) + 1, $3::timestamptz, 'writing', $4::uuid, $5::text, $6::timestamptz from archive_parts where org_id = (select $1::int) and month = $2::date
returning month, seq, run_id, status, manifest, manifest_sha256, purged_upto, damage, cut;
