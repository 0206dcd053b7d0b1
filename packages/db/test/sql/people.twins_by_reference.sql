-- takes: org_id int, kind text, key_ats int[], sources text[], key_hashes bytea[], id_ats int[], ids uuid[]
-- gives: at int, id uuid
with named as (
  select k.at, e.id from unnest($1::int[], $2::text[], $3::bytea[]) k(at, source, key_hash)
  join external_ids e on e.org_id = (select $4::int) and e.kind = $5::text and e.source = k.source and e.key_hash = k.key_hash
  union select i.at, i.id from unnest($6::int[], $7::uuid[]) i(at, id)
)
select n.at, t.id from named n join twins t on t.org_id = (select $4::int) and t.id = n.id;
