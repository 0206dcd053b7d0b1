-- takes: org_id int, ids uuid[], first uuid, last uuid
-- gives: rows int
with gone as (
  delete from activities
  where org_id = (select $1::int) and id = any ($2::uuid[]) and id between $3::uuid and $4::uuid returning 1
)
select count(*)::int as rows from gone;
