-- takes: 
-- gives: org_id int, slug text
select id as org_id, slug from auth.organizations where is_demo and removed_at is null order by id;
