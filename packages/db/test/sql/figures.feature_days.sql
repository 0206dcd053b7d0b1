-- takes: org_id int, from date, to date
-- gives: feature_name text, days date[], counts int[]
select feature_name, array_agg(day) as days, array_agg(usage_count) as counts from feature_days
where org_id = (select $1::int) and day >= $2::date and day <= $3::date group by feature_name;
