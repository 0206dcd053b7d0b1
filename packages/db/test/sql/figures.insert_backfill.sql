-- takes: org_id int, what text, from date, to date, started_by text, zone text?
-- gives: id bigint
insert into backfills (org_id, what, from_day, to_day, started_by, zone, created_at, moved_at)
select (select $1::int), $2::text, $3::date, $4::date, $5::text, $6::text, at, at from clock_timestamp() at returning id;
