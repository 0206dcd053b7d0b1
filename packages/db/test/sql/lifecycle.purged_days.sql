-- takes: org_id int
-- gives: data_type text, day date
select r.data_type, day_of(max(r.cut), day_rule_of(o)) as day
from organizations o join lifecycle_runs r on r.org_id = o.id
where o.id = (select $1::int) and r.cut is not null group by r.data_type, o.id;
