-- takes: org_id int, ids uuid[]
-- gives: id uuid
select id from twins where org_id = (select $1::int) and id = any($2::uuid[]);
