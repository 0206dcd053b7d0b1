-- takes: org_id int, months text[]
-- gives: month text
update restorations set status = 'dropping' where org_id = (select $1::int) and to_char(month, 'YYYY-MM') = any ($2::text[])
returning to_char(month, 'YYYY-MM') as month;
