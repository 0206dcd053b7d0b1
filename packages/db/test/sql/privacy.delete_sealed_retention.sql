-- takes: org_id int, n int
-- gives: 
delete from user_retention r using organizations o
where r.org_id = (select $1::int) and r.n = $2::int and o.id = (select $1::int) and is_sealed(r.cohort_date, o);
