-- takes: org_id int, rule day_rule, from date, to date
-- gives: stored int, needed int
with bound as materialized (
  select start_of(greatest($1::date, date '1970-01-02'), $2::day_rule) as lo, start_of(least($3::date, date '2199-12-30') + 1, $2::day_rule) as hi
)
select reach_days as stored, (
  select coalesce(ceil(extract(epoch from max(apart)) / 86400), 0)::int from (
    select greatest(created_at - uuid_time(conversation_id), uuid_time(conversation_id) - created_at) from messages, bound where org_id = (select $4::int) and id >= uuid_floor(bound.lo) and id < uuid_floor(bound.hi)
    union all select greatest(started_at - uuid_time(session_id), uuid_time(session_id) - started_at) from activities, bound where org_id = (select $4::int) and id >= uuid_floor(bound.lo) and id < uuid_floor(bound.hi) and session_named
    union all select ended_at - started_at from sessions, bound where org_id = (select $4::int) and id >= uuid_floor(bound.lo) and id < uuid_floor(bound.hi) and not is_derived
    union all select greatest(created_at - uuid_time(activity_id), uuid_time(activity_id) - created_at) from documents, bound
    where org_id = (select $4::int) and created_at >= bound.lo and created_at < bound.hi
    union all select greatest(created_at - uuid_time(activity_id), uuid_time(activity_id) - created_at) from queries, bound
    where org_id = (select $4::int) and created_at >= bound.lo and created_at < bound.hi
    union all select greatest(created_at - uuid_time(activity_id), uuid_time(activity_id) - created_at) from shared_twin_interactions, bound
    where org_id = (select $4::int) and created_at >= bound.lo and created_at < bound.hi
  ) r (apart)
) as needed
from organizations where id = (select $4::int);
