-- takes: org_id int, from date, to date, ids uuid[]
-- gives: twin_id uuid, days date[], counts int[]
select twin_id, array_agg(day) as days, array_agg(activities) as counts from (
  select d.twin_id, d.day, sum((d.conversations + d.query_activities + d.document_activities + d.shared_activities))::int as activities from user_days d where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date and d.platform = any($4) and (d.platform = any($5)) is not true and d.twin_id = $6 and (d.twin_id = any($7)) is not true and d.n in (select u.n from users u where u.org_id = (select $1::int) and (u.id = any($8)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($9) and (coalesce(nullif(u.department, ''), '(none)') = any($10)) is not true and u.company = $11 and (coalesce(nullif(u.company, ''), '(none)') = any($12)) is not true) and d.twin_id = any ($13::uuid[])
  group by d.twin_id, d.day
) a group by twin_id;
