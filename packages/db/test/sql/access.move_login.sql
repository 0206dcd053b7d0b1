-- takes: id text, account_id uuid, slug text
-- gives: org_id int
update auth.sessions s set org_id = o.id
from auth.organizations o join auth.memberships m on m.org_id = o.id
where s.id = $1::text and s.user_id = $2::uuid and m.account_id = $2::uuid and m.deactivated_at is null and o.slug = $3::text
returning o.id as org_id;
