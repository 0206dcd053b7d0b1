-- takes: org_id int, user_id uuid, after uuid, limit int
-- gives: id uuid, title text, document_type text?, content bytea?, word_count int?, created_at timestamptz, updated_at timestamptz, exported_at timestamptz?, metadata jsonb?
select r.id, d.title, d.document_type, d.content, d.word_count, d.created_at, d.updated_at, d.exported_at, d.metadata from activities r join documents d on d.org_id = (select $1::int) and d.activity_id = r.id where r.org_id = (select $1::int) and r.user_id = $2::uuid and r.id > $3::uuid order by r.id limit $4::int;
