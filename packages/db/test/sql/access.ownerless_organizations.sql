-- takes: 
-- gives: id int
select id from auth.organizations o
where not is_demo and not exists (select from auth.memberships m where m.org_id = o.id);
