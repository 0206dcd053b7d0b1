-- takes: org_id int, erasure_id uuid
-- gives: 
delete from tombstones where org_id = (select $1::int) and erasure_id = $2::uuid;
