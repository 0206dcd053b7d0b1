-- takes: org_id int, backfill_id bigint, from date[], to date[], raw_rows bigint[]
-- gives: 
insert into backfill_chunks (org_id, backfill_id, chunk, from_day, to_day, raw_rows)
select (select $1::int), $2::bigint, c.chunk, c.from_day, c.to_day, c.raw_rows
from unnest($3::date[], $4::date[], $5::bigint[]) with ordinality c (from_day, to_day, raw_rows, chunk);
