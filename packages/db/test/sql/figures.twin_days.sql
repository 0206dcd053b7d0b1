-- takes: org_id int, from date, to date, ids uuid[]
-- gives: twin_id uuid, days date[], counts int[]
select twin_id, array_agg(day) as days, array_agg(activities) as counts from (
  select d.twin_id, d.day, sum((d.conversations + d.query_activities + d.document_activities + d.shared_activities))::int as activities from user_days d where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date and d.twin_id = any ($4::uuid[])
  group by d.twin_id, d.day
) a group by twin_id;
