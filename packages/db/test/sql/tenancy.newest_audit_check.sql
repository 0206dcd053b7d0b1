-- takes: org_id int
-- gives: at timestamptz, rows bigint, seals bigint, problem text?
select at, rows, seals, problem from audit_checks where org_id = (select $1::int) order by at desc limit 1;
