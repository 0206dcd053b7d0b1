-- takes: org_id int, ns int[], twin_ids uuid[]
-- gives: n int, was timestamptz
with found as materialized (
  select u.id, u.n, u.created_at from users u join organizations o on o.id = (select $1::int)
  where u.org_id = (select $1::int) and u.created_at_source = 'derived' and not coalesce(u.created_at >= o.sealed_from and u.created_at < o.sealed_before, false)
    and (u.n = any ($2::int[]) or u.id in (select t.user_id from twins t where t.org_id = (select $1::int) and t.id = any ($3::uuid[])))
  order by u.id for no key update of u
), moved as (
  update users u set created_at = uuid_time(u.id), created_at_source = 'arrival' from found f
  where u.org_id = (select $1::int) and u.id = f.id
)
select n, created_at as was from found;
