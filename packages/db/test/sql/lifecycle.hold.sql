-- takes: org_id int, id uuid
-- gives: id uuid, user_id uuid?, reason text, placed_at timestamptz, placed_by text, lifted_at timestamptz?, lifted_by text?, full_name text?, email text?
select h.id, h.user_id, h.reason, h.placed_at, h.placed_by, h.lifted_at, h.lifted_by, u.full_name, u.email
from legal_holds h left join users u on u.org_id = (select $1::int) and u.id = h.user_id where h.org_id = (select $1::int) and h.id = $2::uuid;
