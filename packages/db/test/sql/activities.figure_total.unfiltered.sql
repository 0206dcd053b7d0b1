-- takes: org_id int, from date, to date
-- gives: total int
select coalesce(sum(f.count), 0)::int as total from (select d.day, sum(d.conversations + d.query_activities + d.document_activities + d.shared_activities)::int from platform_days d where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date group by d.day) f (day, count);
