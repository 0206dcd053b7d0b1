-- takes: sessions text[], now timestamptz
-- gives: id text, org_id int, role text, content_read boolean, titles_read boolean, viewer_titles boolean
select s.id, m.org_id, m.role, m.content_read, m.titles_read, m.viewer_titles
from auth.sessions s cross join lateral (
  select m.org_id, m.role, m.content_read, m.titles_read, o.viewer_titles
  from auth.memberships m join auth.organizations o on o.id = m.org_id
  where m.account_id = s.user_id and m.deactivated_at is null order by m.org_id is not distinct from s.org_id desc, m.created_at, m.org_id limit 1
) m
where s.id = any($1::text[]) and s.expires_at > $2::timestamptz
  and s.created_at > $2::timestamptz - 7776000000 * interval '1 ms';
