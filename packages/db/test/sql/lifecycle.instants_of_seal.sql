-- takes: org_id int, from date, before date
-- gives: from timestamptz?, before timestamptz?
select start_of($1::date, day_rule_of(o)) as "from", start_of($2::date, day_rule_of(o)) as before
from organizations o where id = (select $3::int);
