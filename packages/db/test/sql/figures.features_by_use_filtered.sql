-- takes: org_id int, from date, to date
-- gives: feature_name text
select feature_name from (
  select f.feature_name, d.day, d.n, f.usage_count from user_days d
  cross join lateral (values ('question_asked', d.user_messages), ('info_retrieved', d.queries), ('document_drafted', d.documents), ('shared_interaction', d.shared_interactions)) f (feature_name, usage_count)
  where d.org_id = (select $1::int) and d.day >= $2::date and d.day <= $3::date and f.usage_count > 0 and d.platform = any($4) and (d.platform = any($5)) is not true and d.twin_id = $6 and (d.twin_id = any($7)) is not true and d.n in (select u.n from users u where u.org_id = (select $1::int) and (u.id = any($8)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($9) and (coalesce(nullif(u.department, ''), '(none)') = any($10)) is not true and u.company = $11 and (coalesce(nullif(u.company, ''), '(none)') = any($12)) is not true)
) d where n > 0
group by 1 order by sum(usage_count) desc, 1;
