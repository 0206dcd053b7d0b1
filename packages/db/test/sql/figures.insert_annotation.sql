-- takes: org_id int, id uuid, day date, text text, by text, now timestamptz
-- gives: id uuid, day text, text text, created_by text, created_at timestamptz
insert into annotations (org_id, id, day, text, created_by, created_at)
values ((select $1::int), $2::uuid, $3::date, $4::text, $5::text, $6::timestamptz)
returning id, day::text as day, text, created_by, created_at;
