-- takes: org_id int
-- gives: is_demo boolean
select is_demo from auth.organizations where id = (select $1::int) for update;
