-- takes: org_id int, twin_ids uuid[]
-- gives: was timestamptz, uninstalled_at timestamptz?
with found as materialized (
  select i.id, i.installed_at, i.uninstalled_at from twin_installations i join organizations o on o.id = (select $1::int)
  where i.org_id = (select $1::int) and i.twin_id = any ($2::uuid[]) and not i.installed_at_known and i.installed_at is not null
    and not coalesce(i.installed_at >= o.sealed_from and i.installed_at < o.sealed_before, false)
  order by i.id for no key update of i
), moved as (
  update twin_installations i set installed_at = null from found f where i.org_id = (select $1::int) and i.id = f.id
)
select installed_at as was, uninstalled_at from found;
