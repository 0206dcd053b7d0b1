-- takes: org_id int
-- gives: 
select from organizations where id = (select $1::int) and closed_at is not null;
