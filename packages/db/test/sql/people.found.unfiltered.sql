-- takes: 
-- gives: found int
select count(*)::int as found from (select from users u where u.org_id = $1 and u.deleted_at is null limit 10001) c;
