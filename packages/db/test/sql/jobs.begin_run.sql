-- takes: org_id int, task text, key text?, attempt int, now timestamptz, payload jsonb
-- gives: id bigint
insert into job_runs (org_id, task, job_key, attempt, started_at, payload)
select (select $1::int), $2::text, $3::text, $4::int, $5::timestamptz, $6::jsonb
where (select $1::int) = 0 or exists (
  select from organizations where id = (select $1::int) and (closed_at is null or $2::text = 'demo/remove')
) returning id;
