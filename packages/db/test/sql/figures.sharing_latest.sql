-- takes: org_id int, from date, to date, rule day_rule
-- gives: activity_id uuid, at timestamptz, asking text, twin_id uuid, twin_name text, interaction_purpose text?, was_helpful boolean?
with latest as materialized (
  select * from shared_twin_interactions i
  where i.org_id = (select $1::int) and i.created_at >= start_of($2::date, $3::day_rule) and i.created_at < start_of($4::date + 1, $3::day_rule) 
  order by i.created_at desc limit 10
)
select i.activity_id, i.created_at as at, coalesce(u.full_name, 'Deleted user') as asking, i.twin_id,
  coalesce(t.name, 'Deleted twin') as twin_name, i.interaction_purpose, i.was_helpful
from latest i
left join users u on u.org_id = (select $1::int) and u.id = i.accessing_user_id and u.deleted_at is null
left join twins t on t.org_id = (select $1::int) and t.id = i.twin_id
order by i.created_at desc, i.activity_id desc;
