-- takes: org_id int, id uuid
-- gives: id uuid, name text
select id, name from twins where org_id = (select $1::int) and id = $2::uuid;
