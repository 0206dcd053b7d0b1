-- takes: org_id int, from timestamptz, before timestamptz, settled timestamptz, held_ids uuid[], after uuid
-- gives: id uuid, bytes int
select s.id, pg_column_size(s.*) as bytes
from sessions s cross join (select make_interval(hours => 24 * reach_days) as reach from organizations where id = (select $1::int)) o
where s.org_id = (select $1::int) and s.id >= greatest(uuid_floor($2::timestamptz), $3::uuid) and s.id < uuid_floor($4::timestamptz) and s.id <> $3::uuid
  and s.user_id <> all ($5::uuid[]) and coalesce(s.ended_at, s.started_at) < $6::timestamptz
  and not (s.started_at + o.reach >= $6::timestamptz and exists (
    select from activities a where a.org_id = (select $1::int) and a.session_id = s.id and a.session_named
      and a.id >= uuid_floor($6::timestamptz) and a.id < uuid_floor(s.started_at + o.reach + interval '1 millisecond')
  )) order by s.id limit 5000;
