-- takes: org_id int, ids uuid[]
-- gives: id uuid, activity_type text, email text?, user_name text, user_id uuid?, twin_id uuid, twin_name text, action_description text?, title text?, started_at timestamptz, duration_seconds int?, platform text, device_type text?, message_count int?, results_count int?
select a.id, a.activity_type, u.email, coalesce(u.full_name, 'Deleted user') as user_name, u.id as user_id,
  a.twin_id, coalesce(t.name, 'Deleted twin') as twin_name, a.action_description,
  coalesce(nullif(c.title, ''), nullif(d.title, ''), a.action_description) as title,
  a.started_at, a.duration_seconds, a.platform, a.device_type, c.message_count, q.results_count
from unnest($1::uuid[]) with ordinality page(id, place)
join activities a on a.org_id = (select $2::int) and a.id = page.id
left join users u on u.org_id = a.org_id and u.id = a.user_id and u.deleted_at is null
left join twins t on t.org_id = a.org_id and t.id = a.twin_id
left join conversations c on c.org_id = a.org_id and c.activity_id = a.id
left join documents d on d.org_id = a.org_id and d.activity_id = a.id
left join queries q on q.org_id = a.org_id and q.activity_id = a.id
order by place;
