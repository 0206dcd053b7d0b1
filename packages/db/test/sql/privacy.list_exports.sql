-- takes: org_id int, limit int
-- gives: id uuid, user_id uuid, email text, status text, error text?, requested_by text, requested_at timestamptz, ready_at timestamptz?, fetched_at timestamptz?, expires_at timestamptz, bytes bigint?, job bigint?
select x.id, x.user_id, u.email, x.status, x.error, x.requested_by, x.requested_at, x.ready_at, x.fetched_at, x.expires_at, x.bytes,
  (select max(j.id) from queued_jobs() j where j.job_key = 'export:' || x.org_id || ':' || x.id) as job
from exports x join users u on u.org_id = (select $1::int) and u.id = x.user_id
where x.org_id = (select $1::int) order by x.requested_at desc, x.id limit $2::int;
