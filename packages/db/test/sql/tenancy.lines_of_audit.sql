-- takes: org_id int, after bigint, upto bigint, limit int
-- gives: id bigint, line text
select id, json_build_array(id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), actor_kind, actor_id, actor_name,
  action, object_type, object_id, reason, request_id, host(ip), details)::text as line
from audit_log where org_id = (select $1::int) and id > $2::bigint and id <= $3::bigint order by id limit $4::int;
