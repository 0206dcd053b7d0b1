-- takes: org_id int, from date, to date
-- gives: feature_name text
select feature_name from (
  select d.feature_name, d.usage_date as day, d.n, d.usage_count from feature_usage d
  where d.org_id = (select $1::int) and d.usage_date >= $2::date and d.usage_date <= $3::date
) d where n > 0
group by 1 order by sum(usage_count) desc, 1;
