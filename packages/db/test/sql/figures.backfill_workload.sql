-- takes: org_id int, what text, days date[]
-- gives: weight_a_second float8?, person_days int
  select (
select sum(c.raw_rows + 25 * (c.to_day - c.from_day + 1)) / nullif(sum(c.seconds), 0) as weight_a_second
from (
  select c.* from backfill_chunks c join backfills b on b.org_id = c.org_id and b.id = c.backfill_id
  where c.org_id = (select $1::int) and c.done_at is not null and b.what = $2::text order by c.backfill_id desc, c.chunk desc limit 100
) c) as weight_a_second, (select count(*) from (
    select distinct d.day, d.n from user_days d where d.org_id = (select $1::int) and d.day = any ($3::date[]) and d.n > 0
  ) p)::int as person_days;
