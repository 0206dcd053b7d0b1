-- takes: org_id int, from date, to date, rule day_rule
-- gives: from timestamptz, to timestamptz, computed_at timestamptz?, last_record_at timestamptz?, days int, sealed int, job jsonb?, rows int
with f as (
  select lo, hi, uuid_floor(lo) as lo_id, uuid_floor(hi) as hi_id
  from (select start_of($1::date, $2::day_rule) as lo, start_of($3::date + 1, $2::day_rule) as hi) d
)
select f.lo as "from", f.hi as "to", m.computed_at, m.last_record_at, c.days, c.sealed, j.job,
  (select count(*)::int from sessions r where r.org_id = (select $4::int) and r.id >= f.lo_id and r.id < f.hi_id and r.platform = any($5) and (r.platform = any($6)) is not true and r.twin_id = $7 and (r.twin_id = any($8)) is not true and r.user_id in (select u.id from users u where u.org_id = (select $4::int) and (u.id = any($9)) is not true and coalesce(nullif(u.department, ''), '(none)') = any($10) and (coalesce(nullif(u.department, ''), '(none)') = any($11)) is not true and u.company = $12 and (coalesce(nullif(u.company, ''), '(none)') = any($13)) is not true)) as rows
from f
cross join (
  select count(*)::int as days, (count(*) filter (where is_sealed(d.day::date, o)))::int as sealed
  from organizations o cross join generate_series($1::date::timestamp, $3::date::timestamp, interval '1 day') d (day)
  where o.id = (select $4::int)
) c
cross join (
  select max(updated_at) as computed_at, max(last_record_at) as last_record_at
  from daily_metrics where org_id = (select $4::int) and metric_date >= $1::date and metric_date <= $3::date
) m
left join lateral (
  select jsonb_build_object('id', j.id, 'task', j.task, 'started_at', to_char(j.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as job from daily_metrics d join job_runs j on j.org_id = (select $4::int) and j.id = d.job_run_id
  where d.org_id = (select $4::int) and d.metric_date >= $1::date and d.metric_date <= $3::date order by d.updated_at desc limit 1
) j on true;
