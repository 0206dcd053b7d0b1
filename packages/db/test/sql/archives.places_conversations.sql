-- takes: org_id int, ids uuid[], first uuid, last uuid, rows int
-- gives: activity_id uuid, length int
select t.activity_id, 100 + coalesce(octet_length(t.title::text), 0) + coalesce(octet_length(t.topic::text), 0) + coalesce(octet_length(t.summary::bytea), 0) + coalesce(octet_length(t.summary_keep::text), 0) + coalesce(octet_length(t.summary_model::text), 0) + coalesce(octet_length(t.summary_author_ids::text), 0) as length
from conversations t where t.org_id = (select $1::int)
  and t.activity_id = any ($2::uuid[])
  and t.activity_id >= $3::uuid and t.activity_id <= $4::uuid order by t.activity_id limit $5::int;
