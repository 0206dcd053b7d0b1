-- takes: org_id int
-- gives: 
select from auth.organizations where demo_of = (select $1::int) and removed_at is not null;
