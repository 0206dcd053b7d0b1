-- takes: org_id int
-- gives: day_rule day_rule
select day_rule_of(o) as day_rule from organizations o where id = (select $1::int) for update;
