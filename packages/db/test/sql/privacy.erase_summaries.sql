-- takes: org_id int, user_id uuid, limit int
-- gives: gone int
update conversations c set summary = null, summary_model = null,
  summary_author_ids = nullif(array_remove(c.summary_author_ids, $1::uuid), '{}')
from (
  select activity_id from conversations
  where org_id = (select $2::int) and summary_author_ids is not null and $1::uuid = any (summary_author_ids) order by activity_id limit $3::int
) g
where c.org_id = (select $2::int) and c.activity_id = g.activity_id returning 1 as gone;
