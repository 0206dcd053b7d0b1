-- takes: org_id int, id uuid, user_id uuid, requested_by text, now timestamptz
-- gives: 
insert into exports (org_id, id, user_id, requested_by, requested_at, expires_at)
values ((select $1::int), $2::uuid, $3::uuid, $4::text, $5::timestamptz, $5::timestamptz + interval '14 days');
