-- takes: org_id int
-- gives: rows bigint, first_at timestamptz?, seals bigint, sealed_rows bigint, sealed_at timestamptz?
select coalesce(sum(row_count), 0)::bigint + (
    select count(*) from audit_log where org_id = (select $1::int) and id > coalesce(max(s.upto_id), 0)
  ) as rows,
  (select at from audit_log where org_id = (select $1::int) order by id limit 1) as first_at,
  count(*) as seals, coalesce(sum(row_count), 0)::bigint as sealed_rows, max(at) as sealed_at
from audit_seals s where org_id = (select $1::int);
