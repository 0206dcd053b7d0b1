-- takes: org_id int
-- gives: name text, slug text, is_demo boolean
select name, slug, is_demo from auth.organizations where id = (select $1::int) for update;
