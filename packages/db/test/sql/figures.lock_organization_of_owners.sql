-- takes: org_id int
-- gives: 
select from organizations where id = $1::int for update;
