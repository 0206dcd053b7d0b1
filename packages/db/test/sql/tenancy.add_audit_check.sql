-- takes: org_id int, at timestamptz, rows bigint, seals bigint, problem text?
-- gives: 
insert into audit_checks (org_id, at, rows, seals, problem)
values ((select $1::int), $2::timestamptz, $3::bigint, $4::bigint, $5::text) on conflict do nothing;
