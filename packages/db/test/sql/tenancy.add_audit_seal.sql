-- takes: org_id int, upto_id bigint, row_count bigint, previous_hash bytea?, hash bytea, now timestamptz
-- gives: 
insert into audit_seals (org_id, upto_id, row_count, previous_hash, hash, at)
values ((select $1::int), $2::bigint, $3::bigint, $4::bytea, $5::bytea, $6::timestamptz);
