-- takes: org_id int, now timestamptz, from date, before date, even_dirty boolean
-- gives: day date, reason text
select day, reason from (
  select metric_date as day, 'records for it arrived within the last 7 days' as reason from daily_metrics
  where org_id = (select $1::int) and last_record_at > $2::timestamptz - interval '7 days'
  union all
  select day, 'its figures are still being computed' from ops.dirty_log where org_id = (select $1::int) and not $3::boolean
  union all
  select greatest(b.from_day, $4::date),
    'backfill ' || b.id || case b.status when 'failed' then ' failed: resume it'
      when 'cancelled' then ' was cancelled before every day was one of ' || b.zone || ': resume it' else ' is at work on it' end
  from backfills b where b.org_id = (select $1::int) and b.to_day >= $4::date and (
    b.status in ('queued', 'running') or (b.status = 'failed' or b.status = 'cancelled' and b.zone is not null) and not exists (
      select from backfills later where later.org_id = (select $1::int) and later.id > b.id and (later.zone is not null
        or later.status = 'done' and later.what = b.what and later.from_day <= b.from_day and later.to_day >= b.to_day)
    ))
) o where day >= $4::date and day < $5::date order by day limit 1;
