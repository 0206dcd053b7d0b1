-- takes: org_id int
-- gives: time_zone text
select time_zone from organizations where id = (select $1::int) for update;
