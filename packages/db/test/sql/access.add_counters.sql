-- takes: org_id int
-- gives: 
insert into org_counters (org_id) values ((select $1::int));
