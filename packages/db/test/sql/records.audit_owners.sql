-- takes: ids uuid[], from uuid[], to uuid[], action text
-- gives: 
insert into audit_log (action, object_type, object_id, details)
select $1::text, 'twin', twin_id::text, json_build_object('from', was, 'to', is_now)
from unnest($2::uuid[], $3::uuid[], $4::uuid[]) c (twin_id, was, is_now);
