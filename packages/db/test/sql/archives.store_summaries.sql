-- takes: org_id int, ids uuid[], summaries bytea[], models text[], until timestamptz[], now timestamptz, keep text
-- gives: 
update conversations c
set summarised_at = $1::timestamptz, summarised_until = s.until, summary_keep = $2::text,
  summary = coalesce(s.summary, c.summary),
  summary_model = case when s.summary is null then c.summary_model else s.model end
from unnest($3::uuid[], $4::bytea[], $5::text[], $6::timestamptz[]) s (id, summary, model, until)
where c.org_id = (select $7::int) and c.activity_id = any ($3::uuid[]) and c.activity_id = s.id;
