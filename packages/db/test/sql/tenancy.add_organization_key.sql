-- takes: org_id int, purpose text, wrapped bytea
-- gives: 
insert into org_keys (org_id, purpose, wrapped) values ((select $1::int), $2::text, $3::bytea)
on conflict do nothing;
