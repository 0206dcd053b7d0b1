-- takes: org_id int, name text, time_zone text
-- gives: id int
insert into organizations (id, name, time_zone)
select (select $1::int), $2::text, name from pg_timezone_names where name = $3::text returning id;
