-- takes: account_id uuid, chosen int?
-- gives: full_name text, org_id int, role text, content_read boolean, titles_read boolean, viewer_titles boolean
select a.full_name, m.org_id, m.role, m.content_read, m.titles_read, o.viewer_titles
from auth.accounts a join auth.memberships m on m.account_id = a.id
join auth.organizations o on o.id = m.org_id
where a.id = $1::uuid and m.deactivated_at is null order by m.org_id is not distinct from $2::int desc, m.created_at, m.org_id limit 1;
