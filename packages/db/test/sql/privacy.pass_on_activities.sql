-- takes: org_id int, ids uuid[], next_ids uuid[], from uuid, to uuid, first_at timestamptz[]
-- gives: 
update activities a set user_id = s.next_id, session_id = null, session_named = false, action_description = null, metadata = null
from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) s (id, next_id, first_at) where a.org_id = (select $4::int) and a.id = s.id and a.id >= $5::uuid and a.id <= $6::uuid;
