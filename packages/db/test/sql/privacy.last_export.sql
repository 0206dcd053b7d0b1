-- takes: org_id int, user_id uuid, requested_by text
-- gives: id uuid, status text, error text?, requested_at timestamptz, ready_at timestamptz?, fetched_at timestamptz?, expires_at timestamptz, bytes bigint?
select id, status, error, requested_at, ready_at, fetched_at, expires_at, bytes from exports
where org_id = (select $1::int) and user_id = $2::uuid and requested_by = $3::text order by requested_at desc limit 1;
