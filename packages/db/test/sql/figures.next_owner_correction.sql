-- takes: org_id int
-- gives: twin_id uuid, upto uuid?, owner uuid?, day_rule day_rule
select c.twin_id, c.upto, t.user_id as owner, day_rule_of(o) as day_rule
from owner_corrections c join twins t on t.org_id = (select $1::int) and t.id = c.twin_id join organizations o on o.id = (select $1::int)
where c.org_id = (select $1::int) order by c.twin_id limit 1 for update of c;
