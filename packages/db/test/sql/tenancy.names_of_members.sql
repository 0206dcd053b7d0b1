-- takes: org_id int, ids text[]
-- gives: id text, full_name text
select a.id::text as id, a.full_name from auth.memberships m join auth.accounts a on a.id = m.account_id
where m.org_id = (select $1::int) and a.id::text = any ($2::text[]);
