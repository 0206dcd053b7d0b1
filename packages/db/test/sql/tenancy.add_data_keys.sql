-- takes: org_id int, user_ids uuid[], wrapped bytea[]
-- gives: 
insert into user_keys (org_id, user_id, version, wrapped)
select (select $1::int), k.user_id, 1, k.wrapped from unnest($2::uuid[], $3::bytea[]) k(user_id, wrapped)
on conflict do nothing;
