-- takes: org_id int, after bigint, limit int
-- gives: upto_id bigint, row_count bigint, previous_hash bytea?, hash bytea
select upto_id, row_count, previous_hash, hash from audit_seals
where org_id = (select $1::int) and upto_id > $2::bigint order by upto_id limit $3::int;
