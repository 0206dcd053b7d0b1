-- takes: 
-- gives: found int
select count(*)::int as found from (select from activities a where a.org_id = (select $1::int) and a.id >= $2::uuid and a.id < $3::uuid limit $4) as counted;
