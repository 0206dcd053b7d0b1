-- takes: org_id int
-- gives: month text, seq int
select month::text, seq from archive_parts where org_id = (select $1::int) order by month, seq;
