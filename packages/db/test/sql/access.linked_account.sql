-- takes: id text
-- gives: id uuid, email text, mailed boolean, org_id int?
select a.id, a.email, l.mailed,
  (select m.org_id from auth.memberships m where m.account_id = a.id and m.deactivated_at is null order by m.created_at, m.org_id limit 1) as org_id
from auth.links l join auth.accounts a on a.id = l.account_id
where l.id = $1::text and l.kind = 'password' and l.expires_at > now() for update of l;
