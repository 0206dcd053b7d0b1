-- takes: org_id int, id uuid
-- gives: owner_id uuid, twin_owner_id uuid?, is_shared boolean?, session_id uuid?, ended_at timestamptz?, metadata jsonb
select a.user_id as owner_id, t.user_id as twin_owner_id, t.is_shared, a.session_id, a.ended_at, a.metadata
from activities a left join twins t on t.org_id = a.org_id and t.id = a.twin_id
where a.org_id = (select $1::int) and a.id = $2::uuid;
