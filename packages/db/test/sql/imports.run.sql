-- takes: org_id int, id int
-- gives: id int, command text, source text, started_at timestamptz, ended_at timestamptz?, outcome jsonb?, made jsonb, undone jsonb, status text
select id, command, source, started_at, ended_at, outcome, made, undone,
  case when status = 'running' and pg_try_advisory_xact_lock(hashtext('twin: import run'), id) then 'interrupted' else status end as status
from import_runs where org_id = (select $1::int) and id = $2::int;
