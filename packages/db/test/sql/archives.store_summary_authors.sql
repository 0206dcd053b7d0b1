-- takes: org_id int, ids uuid[], authors uuid[]
-- gives: 
update conversations c
set summary_author_ids = array(select unnest(c.summary_author_ids) union select unnest(s.authors) order by 1)
from (
  select id, array_agg(author) as authors from unnest($1::uuid[], $2::uuid[]) s (id, author) group by id
) s
where c.org_id = (select $3::int) and c.activity_id = any ($1::uuid[]) and c.activity_id = s.id;
