-- takes: org_id int
-- gives: held boolean
select pg_try_advisory_xact_lock(hashtext('twin: lifecycle'), (select $1::int)) and exists (
  select from generate_series(1, 2) place
  where pg_try_advisory_xact_lock(hashtext('twin: lifecycle place'), place)
) as held;
