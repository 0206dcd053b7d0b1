-- takes: org_id int, user_id uuid, erasure_id uuid, now timestamptz, hashes bytea[]
-- gives: 
insert into tombstones (org_id, key_hash, erased_at, erasure_id)
select (select $1::int), k.key_hash, $2::timestamptz, $3::uuid from (
  select key_hash from external_ids where org_id = (select $1::int) and id = $4::uuid and kind = 'user' union select unnest($5::bytea[])
) k order by k.key_hash
on conflict (org_id, key_hash) do nothing;
