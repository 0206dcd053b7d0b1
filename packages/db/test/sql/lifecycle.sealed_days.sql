-- takes: org_id int
-- gives: from date, before date
select day_from(sealed_from, day_rule_of(o)) as "from", day_from(sealed_before, day_rule_of(o)) as before
from organizations o where id = (select $1::int) and sealed_from is not null;
