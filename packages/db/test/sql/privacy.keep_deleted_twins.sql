-- takes: org_id int, ids uuid[], now timestamptz
-- gives: 
update twins set user_id = null, name = 'Deleted twin', description = null, last_trained_at = null,
  document_count = 0, email_count = 0, updated_at = $1::timestamptz
where org_id = (select $2::int) and id = any($3::uuid[]);
