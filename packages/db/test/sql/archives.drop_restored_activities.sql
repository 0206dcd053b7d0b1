-- takes: org_id int, month text
-- gives: gone int
delete from restored.activities where org_id = (select $1::int) and id = any (array(
  select id from restored.activities
  where org_id = (select $1::int) and id >= uuid_floor(($2::text || '-01 00:00Z')::timestamptz) and id < uuid_floor(($2::text || '-01 00:00Z')::timestamptz at time zone 'UTC' + interval '1 month') order by id limit 1000
)) returning 1 as gone;
