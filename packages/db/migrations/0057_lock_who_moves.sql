-- users.last_active_at follows new sessions as before; locked is only who really moves. A rollup derives sessions of days
-- long past and holds its locks to the end of its chunk: ingest must not wait for people whom it leaves as they are.
create or replace function sessions_touch_users() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  orgs int[];
  people uuid[];
  newest timestamptz[];
  org int;
begin
  select array_agg(s.org_id), array_agg(s.user_id), array_agg(s.newest)
  into orgs, people, newest
  from (select org_id, user_id, max(started_at) as newest from added group by org_id, user_id) s;

  for org in select distinct unnest(orgs) order by 1 loop
    perform from users u
    where u.org_id = org
      and u.id = any (array(
        select t.id from unnest(orgs, people, newest) as t (org_id, id, newest)
        join users w on w.org_id = org and w.id = t.id
        where t.org_id = org and (w.last_active_at is null or w.last_active_at < t.newest)
      ))
    order by u.id
    for no key update;

    update users u
    set last_active_at = t.newest
    from unnest(orgs, people, newest) as t (org_id, id, newest)
    where t.org_id = org and u.org_id = org and u.id = t.id
      and (u.last_active_at is null or u.last_active_at < t.newest);
  end loop;
  return null;
end $$;
