-- takes: org_id int, ids uuid[], first uuid, last uuid, rows int
-- gives: id uuid, length int
select t.id, 100 + coalesce(octet_length(t.activity_type::text), 0) + coalesce(octet_length(t.action_description::text), 0) + coalesce(octet_length(t.platform::text), 0) + coalesce(octet_length(t.device_type::text), 0) + coalesce(pg_column_size(t.metadata), 0) as length
from activities t where t.org_id = (select $1::int)
  and t.id = any ($2::uuid[])
  and t.id >= $3::uuid and t.id <= $4::uuid order by t.id limit $5::int;
