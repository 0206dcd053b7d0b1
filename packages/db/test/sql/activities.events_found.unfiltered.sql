-- takes: 
-- gives: found int, counted int
select count(*)::int as found, coalesce(sum(c.count), 0)::int as counted
from (select e.count from feature_events e where e.org_id = (select $1::int) and e.feature_name = $2 and e.id >= $3::uuid and e.id < $4::uuid limit $5) c;
