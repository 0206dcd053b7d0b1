-- takes: org_id int, ids uuid[], next_ids uuid[], from uuid, to uuid, first_at timestamptz[]
-- gives: 
update conversations c set title = null, topic = null, summary = null, summary_model = null,
  inherited_from = coalesce(s.first_at, c.summarised_until, c.created_at)
from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) s (id, next_id, first_at) where c.org_id = (select $4::int) and c.activity_id = s.id and c.activity_id >= $5::uuid and c.activity_id <= $6::uuid;
