-- takes: org_id int, ids uuid[], first uuid, last uuid
-- gives: id uuid, n int, at timestamptz, until timestamptz?
with gone as (
  delete from sessions where org_id = (select $1::int) and id = any ($2::uuid[]) and id >= $3::uuid and id <= $4::uuid
  returning id, user_id, started_at as at, ended_at as until
)
select g.id, u.n, g.at, g.until from gone g join users u on u.org_id = (select $1::int) and u.id = g.user_id;
