-- takes: org_id int, days date[], day_rule day_rule
-- gives: 
  with change as (
    
delete from ops.hour_changes c
using (select day, start_of(day, $1::day_rule) as lo, start_of(day + 1, $1::day_rule) as hi from unnest($2::date[]) t (day)) d
where c.org_id = (select $3::int) and c.at >= d.lo and c.at < d.hi
    returning d.day, c.platform, extract(hour from c.at at time zone zone_at(c.at, $1::day_rule))::int as hour, c.activities
  )
  insert into activity_hours as h (org_id, day, platform, hours)
  select (select $3::int), day, platform, array[coalesce(sum(activities) filter (where hour = 0), 0), coalesce(sum(activities) filter (where hour = 1), 0), coalesce(sum(activities) filter (where hour = 2), 0), coalesce(sum(activities) filter (where hour = 3), 0), coalesce(sum(activities) filter (where hour = 4), 0), coalesce(sum(activities) filter (where hour = 5), 0), coalesce(sum(activities) filter (where hour = 6), 0), coalesce(sum(activities) filter (where hour = 7), 0), coalesce(sum(activities) filter (where hour = 8), 0), coalesce(sum(activities) filter (where hour = 9), 0), coalesce(sum(activities) filter (where hour = 10), 0), coalesce(sum(activities) filter (where hour = 11), 0), coalesce(sum(activities) filter (where hour = 12), 0), coalesce(sum(activities) filter (where hour = 13), 0), coalesce(sum(activities) filter (where hour = 14), 0), coalesce(sum(activities) filter (where hour = 15), 0), coalesce(sum(activities) filter (where hour = 16), 0), coalesce(sum(activities) filter (where hour = 17), 0), coalesce(sum(activities) filter (where hour = 18), 0), coalesce(sum(activities) filter (where hour = 19), 0), coalesce(sum(activities) filter (where hour = 20), 0), coalesce(sum(activities) filter (where hour = 21), 0), coalesce(sum(activities) filter (where hour = 22), 0), coalesce(sum(activities) filter (where hour = 23), 0)]::int[]
  from change group by day, platform order by day, platform
  on conflict (org_id, day, platform) do update set hours = (
    select array_agg(was + more order by hour) from unnest(h.hours, excluded.hours) with ordinality c (was, more, hour)
  );
