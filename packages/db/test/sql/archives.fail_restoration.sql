-- takes: org_id int, month text, error text
-- gives: status text
update restorations set status = 'failed', error = left($1::text, 2000) where org_id = (select $2::int) and month = ($3::text || '-01')::date and status <> 'dropping' returning status;
