-- takes: org_id int, tombstones text[], now timestamptz, erasure_id uuid
-- gives: 
insert into tombstones (org_id, key_hash, erased_at, erasure_id)
select (select $1::int), decode(h, 'hex'), $2::timestamptz, $3::uuid from unnest($4::text[]) h order by 2 on conflict do nothing;
