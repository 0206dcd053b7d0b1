-- takes: 
-- gives: time_zone text
select time_zone from organizations;
