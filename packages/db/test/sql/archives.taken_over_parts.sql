-- takes: org_id int, run_id uuid
-- gives: month date, seq int, run_id uuid, status text, manifest jsonb, manifest_sha256 text?, purged_upto uuid?, damage text?, cut timestamptz
select month, seq, run_id, status, manifest, manifest_sha256, purged_upto, damage, cut from archive_parts where org_id = (select $1::int) and run_id = $2::uuid order by month, seq;
