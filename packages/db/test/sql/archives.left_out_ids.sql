-- takes: org_id int, month date, seq int, ids uuid[]
-- gives: id uuid
select id from archive_left_out where org_id = (select $1::int) and month = $2::date and seq = $3::int and id = any ($4::uuid[]);
