-- takes: org_id int, from timestamptz, before timestamptz, settled timestamptz, held_ids uuid[], after uuid
-- gives: sessions int, bytes bigint, first_day date?, last_day date?
select count(d.id)::int as sessions, coalesce(sum(d.bytes), 0)::bigint as bytes,
  day_of(uuid_time(min(d.id::text)::uuid), day_rule_of(z)) as first_day,
  day_of(uuid_time(max(d.id::text)::uuid), day_rule_of(z)) as last_day
from organizations z left join (
select s.id, pg_column_size(s.*) as bytes
from sessions s cross join (select make_interval(hours => 24 * reach_days) as reach from organizations where id = (select $1::int)) o
where s.org_id = (select $1::int) and s.id >= greatest(uuid_floor($2::timestamptz), $3::uuid) and s.id < uuid_floor($4::timestamptz) and s.id <> $3::uuid
  and s.user_id <> all ($5::uuid[]) and coalesce(s.ended_at, s.started_at) < $6::timestamptz
  and not (s.started_at + o.reach >= $6::timestamptz and exists (
    select from activities a where a.org_id = (select $1::int) and a.session_id = s.id and a.session_named
      and a.id >= uuid_floor($6::timestamptz) and a.id < uuid_floor(s.started_at + o.reach + interval '1 millisecond')
  ))) d on true where z.id = (select $1::int) group by z.id;
