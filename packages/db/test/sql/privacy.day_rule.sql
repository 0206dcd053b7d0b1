-- takes: org_id int
-- gives: day_rule text
select day_rule_of(o)::text as day_rule from organizations o where id = $1::int;
