-- takes: org_id int
-- gives: reach_days int
select reach_days from organizations where id = (select $1::int);
