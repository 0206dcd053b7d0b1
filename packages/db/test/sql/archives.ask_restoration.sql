-- takes: org_id int, month text, asked_by text, now timestamptz
-- gives: asked int
insert into restorations as r (org_id, month, status, asked_by, asked_at) values ((select $1::int), ($2::text || '-01')::date, 'queued', $3::text, $4::timestamptz)
on conflict (org_id, month) do update set asked_by = $3::text, asked_at = $4::timestamptz, error = null, status = 'queued'
where r.status <> 'dropping' returning 1 as asked;
