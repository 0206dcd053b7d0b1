-- takes: org_id int, id uuid, user_id uuid?, reason text, now timestamptz, by text
-- gives: 
insert into legal_holds (org_id, id, user_id, reason, placed_at, placed_by)
values ((select $1::int), $2::uuid, $3::uuid, $4::text, $5::timestamptz, $6::text);
