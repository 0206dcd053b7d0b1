-- takes: org_id int, rule day_rule
-- gives: 
update organizations
set (time_zone, turn_at, turn_day, turn_zone) = (select zone, turn_at, turn_day, turn_zone from (select ($1::day_rule).*) r)
where id = (select $2::int);
