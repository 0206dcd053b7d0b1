-- takes: org_id int, now timestamptz
-- gives: 
select from organizations o
cross join lateral (select ((($1::timestamptz at time zone o.time_zone)::date + time '03:00') at time zone o.time_zone) as at) r
where o.id = (select $2::int) and r.at <= $1::timestamptz and not exists (
  select from job_runs j where j.org_id = (select $2::int) and j.task = 'lifecycle/apply' and j.started_at >= r.at
);
