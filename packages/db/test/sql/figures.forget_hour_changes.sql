-- takes: org_id int, days date[], day_rule day_rule
-- gives: 
delete from ops.hour_changes c
using (select day, start_of(day, $1::day_rule) as lo, start_of(day + 1, $1::day_rule) as hi from unnest($2::date[]) t (day)) d
where c.org_id = (select $3::int) and c.at >= d.lo and c.at < d.hi;
