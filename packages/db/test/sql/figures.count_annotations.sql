-- takes: org_id int
-- gives: kept int
select count(*)::int as kept from annotations where org_id = (select $1::int);
