-- takes: org_id int, day date, text text
-- gives: id uuid, day text, text text, created_by text, created_at timestamptz
select id, day::text as day, text, created_by, created_at from annotations where org_id = (select $1::int) and day = $2::date and text = $3::text;
