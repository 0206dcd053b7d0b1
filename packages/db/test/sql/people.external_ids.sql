-- takes: org_id int, kind text, sources text[], key_hashes bytea[]
-- gives: id uuid
select e.id from unnest($1::text[], $2::bytea[]) k(source, key_hash)
join external_ids e on e.org_id = (select $3::int) and e.kind = $4::text and e.source = k.source and e.key_hash = k.key_hash;
