-- takes: 
-- gives: org_id int, slug text
select id as org_id, slug from auth.organizations
where is_demo and (filled_at is null or removed_at is not null) order by id;
