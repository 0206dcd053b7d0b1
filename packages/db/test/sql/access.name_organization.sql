-- takes: slug text, name text, is_demo boolean
-- gives: org_id int
insert into auth.organizations (id, slug, name, is_demo)
values (nextval('public.organization_ids')::int, $1::text, $2::text, $3::boolean)
on conflict (slug) do nothing returning id as org_id;
