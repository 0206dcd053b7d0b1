-- takes: zone text
-- gives: 
select from pg_timezone_names where name = $1::text;
