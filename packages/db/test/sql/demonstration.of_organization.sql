-- takes: org_id int
-- gives: org_id int, slug text
select id as org_id, slug from auth.organizations where demo_of = (select $1::int) and removed_at is null;
