-- takes: org_id int, now timestamptz
-- gives: month text
select to_char(month, 'YYYY-MM') as month from restorations where org_id = (select $1::int) and expires_at <= $2::timestamptz;
