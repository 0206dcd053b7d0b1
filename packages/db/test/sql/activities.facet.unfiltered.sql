-- takes: org_id int, from date, to date
-- gives: value text, count int
select value, count from (select d.platform as value, coalesce(sum(d.conversations + d.query_activities + d.document_activities + d.shared_activities), 0)::int as count from platform_days d where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date group by 1) f where count > 0 order by count desc, value limit 100;
