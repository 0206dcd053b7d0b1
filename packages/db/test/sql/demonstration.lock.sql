-- takes: org_id int
-- gives: name text, slug text, is_demo boolean, demo_of int?, is_ending boolean
select name, slug, is_demo, demo_of, removed_at is not null as is_ending from auth.organizations where id = (select $1::int) for update;
