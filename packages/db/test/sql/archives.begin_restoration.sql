-- takes: org_id int, month text
-- gives: status text
update restorations set status = 'running', error = null where org_id = (select $1::int) and month = ($2::text || '-01')::date and status <> 'dropping' returning status;
