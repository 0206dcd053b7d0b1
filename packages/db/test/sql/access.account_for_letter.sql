-- takes: email_key text
-- gives: id uuid, email text, full_name text, org_id int?
select a.id, a.email, a.full_name,
  (select m.org_id from auth.memberships m where m.account_id = a.id and m.deactivated_at is null order by m.created_at, m.org_id limit 1) as org_id
from auth.accounts a where a.email_key = $1::text and not a.is_demo;
