-- takes: org_id int, id uuid, seq int
-- gives: sealed bytea
select sealed from export_chunks where org_id = (select $1::int) and export_id = $2::uuid and seq = $3::int;
