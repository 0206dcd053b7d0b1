-- takes: account_id uuid
-- gives: id int, slug text, name text, is_demo boolean
select o.id, o.slug, o.name, o.is_demo from auth.organizations o
join auth.memberships m on m.org_id = o.id where m.account_id = $1::uuid and m.deactivated_at is null order by o.name, o.id;
