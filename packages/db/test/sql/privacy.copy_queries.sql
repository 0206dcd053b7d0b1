-- takes: org_id int, user_id uuid, after uuid, limit int
-- gives: id uuid, query_text bytea?, query_type text?, results_count int, retrieved_info bytea?, sources jsonb?, created_at timestamptz
select r.id, q.query_text, q.query_type, q.results_count, q.retrieved_info, q.sources, q.created_at from activities r join queries q on q.org_id = (select $1::int) and q.activity_id = r.id where r.org_id = (select $1::int) and r.user_id = $2::uuid and r.id > $3::uuid order by r.id limit $4::int;
