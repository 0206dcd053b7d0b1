-- takes: org_id int
-- gives: ms float8?, jobs_wait boolean
select extract(epoch from clock_timestamp() - figures_at)::float8 * 1000 as ms, jobs_wait() as jobs_wait
from organizations where id = (select $1::int);
