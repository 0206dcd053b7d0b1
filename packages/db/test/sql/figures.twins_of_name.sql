-- takes: org_id int, name text
-- gives: id uuid, name text
select id, name from twins where org_id = (select $1::int) and lower(name) = lower($2::text) order by id;
