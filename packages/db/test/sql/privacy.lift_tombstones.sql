-- takes: org_id int, key_hash bytea, erasure_id uuid?
-- gives: gone int
delete from tombstones where org_id = (select $1::int) and (key_hash = $2::bytea or erasure_id = $3::uuid) returning 1 as gone;
