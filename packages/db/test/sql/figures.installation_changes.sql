-- takes: org_id int, days date[], rule day_rule
-- gives: no int, change int
with ends as materialized (select array(select start_of(t.day + 1, $1::day_rule) from unnest($2::date[]) t (day) order by 1) as at)
select width_bucket(e.at, ends.at) as no, sum(e.change)::int as change
from ends cross join twin_installations i
cross join lateral (values (i.installed_at, 1), (i.uninstalled_at, -1)) e (at, change)
where i.org_id = (select $3::int) and i.platform = any($4) and (i.platform = any($5)) is not true and i.twin_id = $6 and (i.twin_id = any($7)) is not true and i.installed_at is not null and e.at is not null
group by 1;
