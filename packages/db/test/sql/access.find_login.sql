-- takes: id text
-- gives: id text, user_id uuid, expires_at timestamptz, created_at timestamptz, org_id int?, is_long_unseen boolean
select id, user_id, expires_at, created_at, org_id, last_seen_at < now() - interval '5 minutes' as is_long_unseen
from auth.sessions where id = $1::text;
