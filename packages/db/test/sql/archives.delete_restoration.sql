-- takes: org_id int, month text
-- gives: 
delete from restorations where org_id = (select $1::int) and month = ($2::text || '-01')::date and status = 'dropping';
