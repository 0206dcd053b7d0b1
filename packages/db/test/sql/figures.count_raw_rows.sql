-- takes: org_id int, from date, to date, rule day_rule
-- gives: day date, is_open boolean, raw_rows int
select d.day, not is_sealed(d.day, o) as is_open, (
  (select count(*) from sessions s where s.org_id = (select $1::int) and s.id >= d.lo_id and s.id < d.hi_id)
  + (select count(*) from activities a where a.org_id = (select $1::int) and a.id >= d.lo_id and a.id < d.hi_id)
  + (select count(*) from messages m where m.org_id = (select $1::int) and m.id >= d.lo_id and m.id < d.hi_id)
  + (select count(*) from feature_events e where e.org_id = (select $1::int) and e.id >= d.lo_id and e.id < d.hi_id)
  + (select count(*) from documents x where x.org_id = (select $1::int) and x.created_at >= d.lo and x.created_at < d.hi)
  + (select count(*) from queries q where q.org_id = (select $1::int) and q.created_at >= d.lo and q.created_at < d.hi)
  + (select count(*) from shared_twin_interactions i where i.org_id = (select $1::int) and i.created_at >= d.lo and i.created_at < d.hi)
)::int as raw_rows
from organizations o, (
  select day, lo, hi, uuid_floor(lo) as lo_id, uuid_floor(hi) as hi_id
  from (select d::date as day, start_of(d::date, $2::day_rule) as lo, start_of(d::date + 1, $2::day_rule) as hi
    from generate_series($3::date, $4::date, interval '1 day') d) d offset 0
) d
where o.id = (select $1::int) order by d.day;
