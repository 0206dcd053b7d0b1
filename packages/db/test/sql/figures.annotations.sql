-- takes: org_id int, start_date date, end_date date, limit int
-- gives: id uuid, day text, text text, created_by text, created_at timestamptz
select id, day::text as day, text, created_by, created_at from annotations
where org_id = (select $1::int) and day between $2::date and $3::date
order by annotations.day desc, created_at desc, id limit $4::int;
