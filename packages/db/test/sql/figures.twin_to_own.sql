-- takes: org_id int, id uuid
-- gives: name text, was uuid?
select name, user_id as was from twins where org_id = (select $1::int) and id = $2::uuid for no key update;
