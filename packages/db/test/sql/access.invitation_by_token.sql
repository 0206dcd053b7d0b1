-- takes: id text
-- gives: id text, org_id int, organization text, email text, email_key text, role text, content_read boolean, titles_read boolean, mailed boolean, account_id uuid?, password_hash text?, is_somewhere boolean, is_here boolean
select i.id, i.org_id, o.name as organization, i.email, i.email_key, i.role, i.content_read, i.titles_read, i.mailed,
  a.id as account_id, a.password_hash,
  exists (select from auth.memberships m where m.account_id = a.id) as is_somewhere,
  exists (select from auth.memberships m where m.account_id = a.id and m.org_id = i.org_id) as is_here
from auth.invitations i join auth.organizations o on o.id = i.org_id left join auth.accounts a on a.email_key = i.email_key
where i.id = $1::text and i.accepted_at is null and i.revoked_at is null and i.expires_at > now() for update of i;
