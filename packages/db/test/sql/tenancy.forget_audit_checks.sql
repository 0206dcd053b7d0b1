-- takes: org_id int, kept int
-- gives: 
delete from audit_checks where org_id = (select $1::int) and at < (
  select at from audit_checks where org_id = (select $1::int) order by at desc offset $2::int limit 1);
