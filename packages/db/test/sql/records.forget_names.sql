-- takes: org_id int, ids uuid[]
-- gives: rows int
with gone as (delete from external_ids where org_id = (select $1::int) and id = any ($2::uuid[]) returning 1)
select count(*)::int as rows from gone;
