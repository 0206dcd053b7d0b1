-- The same function; only, an installation that ended without a beginning that anybody knows never stood.
create or replace function days_of_analyst() returns table (org_id int, metric_date date, installations int)
language sql stable parallel safe rows 1000 set search_path = public, pg_temp as
$$ with span as (
     select o.id as org_id, r.rule, first.metric_date as first_day, greatest(last.metric_date, day_of(now(), r.rule)) as last_day
     from organizations o
     cross join lateral (select (o.time_zone, o.turn_at, o.turn_day, o.turn_zone)::day_rule as rule) r
     cross join lateral (select m.metric_date from daily_metrics m where m.org_id = o.id order by m.metric_date limit 1) first
     cross join lateral (select m.metric_date from daily_metrics m where m.org_id = o.id order by m.metric_date desc limit 1) last
     where o.id = (select analyst_org())
   ),
   change as (
     select greatest(day_of(e.at, s.rule), s.first_day) as day, sum(e.change) as change
     from span s
     join twin_installations i on i.org_id = s.org_id
     cross join lateral (values (i.installed_at, 1), (i.uninstalled_at, -1)) e (at, change)
     where i.installed_at is not null and e.at is not null group by 1
   )
   select s.org_id, d.day::date, (sum(coalesce(c.change, 0)) over (order by d.day))::int
   from span s
   cross join lateral generate_series(s.first_day::timestamp, s.last_day::timestamp, interval '1 day') d (day)
   left join change c on c.day = d.day::date $$;
