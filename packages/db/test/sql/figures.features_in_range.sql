-- takes: org_id int, from date, to date
-- gives: feature_name text
select distinct feature_name from feature_days
where org_id = (select $1::int) and day >= $2::date and day <= $3::date order by 1;
