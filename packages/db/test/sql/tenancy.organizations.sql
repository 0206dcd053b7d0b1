-- takes: 
-- gives: org_id int, slug text, name text, is_demo boolean
select id as org_id, slug, name, is_demo from auth.organizations order by slug;
