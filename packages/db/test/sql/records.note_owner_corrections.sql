-- takes: org_id int, ids uuid[]
-- gives: 
insert into owner_corrections (org_id, twin_id) select (select $1::int), twin_id from unnest($2::uuid[]) c (twin_id) order by twin_id
on conflict (org_id, twin_id) do update set upto = null;
