-- takes: org_id int, ids uuid[], first uuid, last uuid, rows int
-- gives: activity_id uuid, length int
select t.activity_id, 100 + coalesce(octet_length(t.title::text), 0) + coalesce(octet_length(t.document_type::text), 0) + coalesce(octet_length(t.content::bytea), 0) + coalesce(pg_column_size(t.metadata), 0) as length
from documents t where t.org_id = (select $1::int)
  and t.activity_id = any ($2::uuid[])
  and t.activity_id >= $3::uuid and t.activity_id <= $4::uuid order by t.activity_id limit $5::int;
