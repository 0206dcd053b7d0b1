-- takes: org_id int, id uuid, user_id uuid, reason text, immediately boolean, now timestamptz, asked_by text
-- gives: 
insert into erasures (org_id, id, user_id, reason, immediately, asked_at, asked_by) values ((select $1::int), $2::uuid, $3::uuid, $4::text, $5::boolean, $6::timestamptz, $7::text);
