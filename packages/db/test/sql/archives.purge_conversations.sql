-- takes: org_id int, ids uuid[], first uuid, last uuid
-- gives: rows int
with gone as (
  delete from conversations
  where org_id = (select $1::int) and activity_id = any ($2::uuid[]) and activity_id between $3::uuid and $4::uuid returning 1
)
select count(*)::int as rows from gone;
