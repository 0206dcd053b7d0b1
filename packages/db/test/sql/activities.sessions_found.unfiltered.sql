-- takes: 
-- gives: found int
select count(*)::int as found from (select from sessions s where s.org_id = (select $1::int) and s.id >= $2::uuid and s.id < $3::uuid limit $4) as counted;
