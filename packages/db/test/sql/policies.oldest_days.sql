-- takes: org_id int, held_ids uuid[]
-- gives: activities date?, messages date?, sessions date?, deleted_users date?
select (select day_of(uuid_time(x.id), day_rule_of(o)) from activities x
  where x.org_id = (select $1::int) and (x.user_id is null or x.user_id <> all ($2::uuid[])) order by x.id limit 1) as activities,
  (select day_of(uuid_time(x.id), day_rule_of(o)) from messages x
  where x.org_id = (select $1::int) and (x.user_id is null or x.user_id <> all ($2::uuid[])) order by x.id limit 1) as messages,
  (select day_of(uuid_time(x.id), day_rule_of(o)) from sessions x
  where x.org_id = (select $1::int) and (x.user_id is null or x.user_id <> all ($2::uuid[])) order by x.id limit 1) as sessions,
  (select day_of(min(u.deleted_at), day_rule_of(o)) from users u
    where u.org_id = (select $1::int) and u.deleted_at is not null and u.id <> all ($2::uuid[])) as deleted_users
from organizations o where o.id = (select $1::int);
