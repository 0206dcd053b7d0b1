-- takes: org_id int
-- gives: id bigint?
select max(id) as id from audit_log where org_id = (select $1::int);
