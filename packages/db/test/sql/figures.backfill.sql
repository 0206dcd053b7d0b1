-- takes: org_id int, id bigint
-- gives: id bigint, what text, from date, to date, status text, started_by text, created_at timestamptz, finished_at timestamptz?, days_total int, days_done int, days_skipped int, changed int, error text?, rate float8?, eta_seconds float8?
select b.id, b.what, b.from_day as "from", b.to_day as "to", b.status, b.started_by, b.created_at, b.finished_at,
  c.days_total, c.days_done, c.days_skipped, c.changed, b.error,
  c.days_done / nullif(c.seconds, 0) as rate,
  case when b.status = 'done' then 0 when b.status in ('queued', 'running') then c.weight_left * c.seconds / nullif(c.weight_done, 0) end as eta_seconds
from backfills b cross join lateral (
  select coalesce(sum(c.to_day - c.from_day + 1), 0)::int as days_total,
    coalesce(sum(c.to_day - c.from_day + 1) filter (where c.done_at is not null), 0)::int as days_done,
    coalesce(sum(c.days_skipped), 0)::int as days_skipped, coalesce(sum(c.changes), 0)::int as changed, sum(c.seconds) as seconds,
    coalesce(sum((c.raw_rows + 25 * (c.to_day - c.from_day + 1))) filter (where c.done_at is not null), 0)::float8 as weight_done,
    coalesce(sum((c.raw_rows + 25 * (c.to_day - c.from_day + 1))) filter (where c.done_at is null), 0)::float8 as weight_left
  from backfill_chunks c where c.org_id = b.org_id and c.backfill_id = b.id
) c
where b.org_id = (select $1::int) and b.id = $2::bigint;
