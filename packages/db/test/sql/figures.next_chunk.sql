-- takes: org_id int, backfill_id bigint
-- gives: chunk int, from date, to date, what text
select c.chunk, c.from_day as "from", c.to_day as "to", b.what
from backfills b join backfill_chunks c on c.org_id = (select $1::int) and c.backfill_id = b.id
where b.org_id = (select $1::int) and b.id = $2::bigint and b.status in ('queued', 'running') and c.done_at is null
order by c.chunk desc limit 1;
