-- takes: org_id int, month date, seq int, ids uuid[]
-- gives: 
insert into archive_left_out (org_id, month, seq, id) select (select $1::int), $2::date, $3::int, unnest($4::uuid[]);
