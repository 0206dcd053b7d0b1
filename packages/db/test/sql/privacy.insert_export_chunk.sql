-- takes: org_id int, id uuid, seq int, sealed bytea
-- gives: 
insert into export_chunks (org_id, export_id, seq, sealed) values ((select $1::int), $2::uuid, $3::int, $4::bytea);
