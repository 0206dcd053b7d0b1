-- takes: org_id int, people int[], days date[], rule day_rule, lo_id uuid, hi_id uuid, day date
-- gives: value jsonb
    with 
pair as materialized (select n, day from unnest($1::int[], $2::date[]) p (n, day)),
stretch as materialized (
  select n, daterange(min(day), max(day), '[]') as days
  from (
    select n, day, count(*) filter (where begins) over (partition by n order by day) as stretch
    from (
      select n, day, day - lag(day) over (partition by n order by day) <= 31 is not true as begins from pair
    ) d
  ) d group by n, stretch
),
bound as materialized (
  select s.days, b.lo, b.hi, uuid_floor(b.lo) as lo_id, uuid_floor(b.hi) as hi_id, uuid_floor(greatest(b.lo - o.reach, timestamptz 'epoch')) as reach_lo_id, uuid_floor(b.hi + o.reach + interval '1 millisecond') as reach_hi_id
  from (select distinct days from stretch) s
  cross join lateral (select start_of(lower(s.days), $3::day_rule) as lo, start_of(upper(s.days), $3::day_rule) as hi) b
  cross join (select make_interval(hours => 24 * reach_days) as reach from organizations where id = (select $4::int)) o
),
span as materialized (
  select s.n, u.id as user_id, b.lo, b.hi, b.lo_id, b.hi_id, b.reach_lo_id, b.reach_hi_id
  from stretch s join bound b using (days) left join users u on u.org_id = (select $4::int) and u.n = s.n
), 
raw (day, n, twin_id, platform, sessions, ended_sessions, session_seconds, conversations, query_activities, document_activities, shared_activities, timed_activities, activity_seconds, user_messages, twin_messages, tokens, documents, queries, shared_interactions, helpful_yes, helpful_no, feature_name, uses, used_at) as materialized (
select q.day, q.n, r.twin_id, r.platform, r.sessions, r.ended_sessions, r.session_seconds, r.conversations, r.query_activities, r.document_activities, r.shared_activities, r.timed_activities, r.activity_seconds, r.user_messages, r.twin_messages, r.tokens, r.documents, r.queries, r.shared_interactions, r.helpful_yes, r.helpful_no, r.feature_name, r.uses, r.used_at
from (
  select p.n, r.* from span p cross join lateral (select s.started_at, coalesce(s.twin_id, '00000000-0000-0000-0000-000000000000'), s.platform, 1, (s.ended_at is not null)::int, coalesce(s.duration_seconds, 0), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null, null::bigint, null::timestamptz from sessions s where s.org_id = (select $4::int) and s.user_id = p.user_id and s.id >= p.lo_id and s.id < p.hi_id and s.id >= $5::uuid and s.id < $6::uuid offset 0) r (at, twin_id, platform, sessions, ended_sessions, session_seconds, conversations, query_activities, document_activities, shared_activities, timed_activities, activity_seconds, user_messages, twin_messages, tokens, documents, queries, shared_interactions, helpful_yes, helpful_no, feature_name, uses, used_at)
  where p.user_id is not null offset 0
) r join pair q on q.n = r.n and q.day = day_of(r.at, $3::day_rule) union all 
select q.day, q.n, r.twin_id, r.platform, r.sessions, r.ended_sessions, r.session_seconds, r.conversations, r.query_activities, r.document_activities, r.shared_activities, r.timed_activities, r.activity_seconds, r.user_messages, r.twin_messages, r.tokens, r.documents, r.queries, r.shared_interactions, r.helpful_yes, r.helpful_no, r.feature_name, r.uses, r.used_at
from (
  select p.n, r.* from span p cross join lateral (select a.started_at, a.twin_id, a.platform, 0, 0, 0, (a.activity_type = 'conversation')::int, (a.activity_type = 'query')::int, (a.activity_type = 'document')::int, (a.activity_type = 'shared')::int, (a.duration_seconds is not null)::int, coalesce(a.duration_seconds, 0), 0, 0, 0, 0, 0, 0, 0, 0, null, null::bigint, null::timestamptz from activities a where a.org_id = (select $4::int) and a.user_id = p.user_id and a.id >= p.lo_id and a.id < p.hi_id and a.id >= $5::uuid and a.id < $6::uuid offset 0) r (at, twin_id, platform, sessions, ended_sessions, session_seconds, conversations, query_activities, document_activities, shared_activities, timed_activities, activity_seconds, user_messages, twin_messages, tokens, documents, queries, shared_interactions, helpful_yes, helpful_no, feature_name, uses, used_at)
  where p.user_id is not null offset 0
) r join pair q on q.n = r.n and q.day = day_of(r.at, $3::day_rule) union all 
select q.day, q.n, r.twin_id, r.platform, r.sessions, r.ended_sessions, r.session_seconds, r.conversations, r.query_activities, r.document_activities, r.shared_activities, r.timed_activities, r.activity_seconds, r.user_messages, r.twin_messages, r.tokens, r.documents, r.queries, r.shared_interactions, r.helpful_yes, r.helpful_no, r.feature_name, r.uses, r.used_at
from (
  select p.n, r.* from span p cross join lateral (select m.created_at, a.twin_id, a.platform, 0, 0, 0, 0, 0, 0, 0, 0, 0, m.user_messages, m.twin_messages, m.tokens, 0, 0, 0, 0, 0, 'question_asked', m.user_messages, m.asked_at from (
      select m.conversation_id, max(m.created_at) as created_at,
        count(*) filter (where m.sender_type = 'user') as user_messages, count(*) filter (where m.sender_type = 'twin') as twin_messages,
        sum(coalesce(m.token_count, 0)) as tokens, max(m.created_at) filter (where m.sender_type = 'user') as asked_at
      from messages m
      where m.org_id = (select $4::int) and m.user_id = p.user_id and m.id >= p.lo_id and m.id < p.hi_id
        and m.conversation_id >= p.reach_lo_id and m.conversation_id < p.reach_hi_id and m.conversation_id >= $5::uuid and m.conversation_id < $6::uuid
      group by m.conversation_id, day_of(m.created_at, $3::day_rule)
    ) m cross join lateral (select * from activities a where a.org_id = (select $4::int) and a.id = m.conversation_id and a.id >= $5::uuid and a.id < $6::uuid offset 0) a offset 0) r (at, twin_id, platform, sessions, ended_sessions, session_seconds, conversations, query_activities, document_activities, shared_activities, timed_activities, activity_seconds, user_messages, twin_messages, tokens, documents, queries, shared_interactions, helpful_yes, helpful_no, feature_name, uses, used_at)
  where p.user_id is not null offset 0
) r join pair q on q.n = r.n and q.day = day_of(r.at, $3::day_rule) union all 
select q.day, q.n, r.twin_id, r.platform, r.sessions, r.ended_sessions, r.session_seconds, r.conversations, r.query_activities, r.document_activities, r.shared_activities, r.timed_activities, r.activity_seconds, r.user_messages, r.twin_messages, r.tokens, r.documents, r.queries, r.shared_interactions, r.helpful_yes, r.helpful_no, r.feature_name, r.uses, r.used_at
from (
  select p.n, r.* from span p cross join lateral (select m.created_at, a.twin_id, a.platform, 0, 0, 0, 0, 0, 0, 0, 0, 0, m.user_messages, m.twin_messages, m.tokens, 0, 0, 0, 0, 0, 'question_asked', m.user_messages, m.asked_at from (
      select m.conversation_id, max(m.created_at) as created_at,
        count(*) filter (where m.sender_type = 'user') as user_messages, count(*) filter (where m.sender_type = 'twin') as twin_messages,
        sum(coalesce(m.token_count, 0)) as tokens, max(m.created_at) filter (where m.sender_type = 'user') as asked_at
      from messages m
      where m.org_id = (select $4::int) and m.user_id is null and m.id >= p.lo_id and m.id < p.hi_id
        and m.conversation_id >= p.reach_lo_id and m.conversation_id < p.reach_hi_id and m.conversation_id >= $5::uuid and m.conversation_id < $6::uuid
      group by m.conversation_id, day_of(m.created_at, $3::day_rule)
    ) m cross join lateral (select * from activities a where a.org_id = (select $4::int) and a.id = m.conversation_id and a.id >= $5::uuid and a.id < $6::uuid offset 0) a offset 0) r (at, twin_id, platform, sessions, ended_sessions, session_seconds, conversations, query_activities, document_activities, shared_activities, timed_activities, activity_seconds, user_messages, twin_messages, tokens, documents, queries, shared_interactions, helpful_yes, helpful_no, feature_name, uses, used_at)
  where p.n = 0 offset 0
) r join pair q on q.n = r.n and q.day = day_of(r.at, $3::day_rule) union all 
select q.day, q.n, r.twin_id, r.platform, r.sessions, r.ended_sessions, r.session_seconds, r.conversations, r.query_activities, r.document_activities, r.shared_activities, r.timed_activities, r.activity_seconds, r.user_messages, r.twin_messages, r.tokens, r.documents, r.queries, r.shared_interactions, r.helpful_yes, r.helpful_no, r.feature_name, r.uses, r.used_at
from (
  select p.n, r.* from span p cross join lateral (select d.created_at, a.twin_id, a.platform, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 'document_drafted', 1, d.created_at from documents d cross join lateral (select * from activities a where a.org_id = (select $4::int) and a.id = d.activity_id and a.id >= $5::uuid and a.id < $6::uuid offset 0) a
    where d.org_id = (select $4::int) and d.user_id = p.user_id and d.created_at >= p.lo and d.created_at < p.hi
      and d.activity_id >= p.reach_lo_id and d.activity_id < p.reach_hi_id and d.activity_id >= $5::uuid and d.activity_id < $6::uuid offset 0) r (at, twin_id, platform, sessions, ended_sessions, session_seconds, conversations, query_activities, document_activities, shared_activities, timed_activities, activity_seconds, user_messages, twin_messages, tokens, documents, queries, shared_interactions, helpful_yes, helpful_no, feature_name, uses, used_at)
  where p.user_id is not null offset 0
) r join pair q on q.n = r.n and q.day = day_of(r.at, $3::day_rule) union all 
select q.day, q.n, r.twin_id, r.platform, r.sessions, r.ended_sessions, r.session_seconds, r.conversations, r.query_activities, r.document_activities, r.shared_activities, r.timed_activities, r.activity_seconds, r.user_messages, r.twin_messages, r.tokens, r.documents, r.queries, r.shared_interactions, r.helpful_yes, r.helpful_no, r.feature_name, r.uses, r.used_at
from (
  select p.n, r.* from span p cross join lateral (select q.created_at, a.twin_id, a.platform, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 'info_retrieved', 1, q.created_at from queries q cross join lateral (select * from activities a where a.org_id = (select $4::int) and a.id = q.activity_id and a.id >= $5::uuid and a.id < $6::uuid offset 0) a
    where q.org_id = (select $4::int) and q.user_id = p.user_id and q.created_at >= p.lo and q.created_at < p.hi
      and q.activity_id >= p.reach_lo_id and q.activity_id < p.reach_hi_id and q.activity_id >= $5::uuid and q.activity_id < $6::uuid offset 0) r (at, twin_id, platform, sessions, ended_sessions, session_seconds, conversations, query_activities, document_activities, shared_activities, timed_activities, activity_seconds, user_messages, twin_messages, tokens, documents, queries, shared_interactions, helpful_yes, helpful_no, feature_name, uses, used_at)
  where p.user_id is not null offset 0
) r join pair q on q.n = r.n and q.day = day_of(r.at, $3::day_rule) union all 
select q.day, q.n, r.twin_id, r.platform, r.sessions, r.ended_sessions, r.session_seconds, r.conversations, r.query_activities, r.document_activities, r.shared_activities, r.timed_activities, r.activity_seconds, r.user_messages, r.twin_messages, r.tokens, r.documents, r.queries, r.shared_interactions, r.helpful_yes, r.helpful_no, r.feature_name, r.uses, r.used_at
from (
  select p.n, r.* from span p cross join lateral (select i.created_at, i.twin_id, a.platform, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, (i.was_helpful is true)::int, (i.was_helpful is false)::int, 'shared_interaction', 1, i.created_at from shared_twin_interactions i cross join lateral (select * from activities a where a.org_id = (select $4::int) and a.id = i.activity_id and a.id >= $5::uuid and a.id < $6::uuid offset 0) a
    where i.org_id = (select $4::int) and i.accessing_user_id = p.user_id and i.created_at >= p.lo and i.created_at < p.hi
      and i.activity_id >= p.reach_lo_id and i.activity_id < p.reach_hi_id and i.activity_id >= $5::uuid and i.activity_id < $6::uuid offset 0) r (at, twin_id, platform, sessions, ended_sessions, session_seconds, conversations, query_activities, document_activities, shared_activities, timed_activities, activity_seconds, user_messages, twin_messages, tokens, documents, queries, shared_interactions, helpful_yes, helpful_no, feature_name, uses, used_at)
  where p.user_id is not null offset 0
) r join pair q on q.n = r.n and q.day = day_of(r.at, $3::day_rule)),
fresh as materialized (
  select day, n, twin_id, platform, sum(sessions)::bigint as sessions, sum(ended_sessions)::bigint as ended_sessions, sum(session_seconds)::bigint as session_seconds, sum(conversations)::bigint as conversations, sum(query_activities)::bigint as query_activities, sum(document_activities)::bigint as document_activities, sum(shared_activities)::bigint as shared_activities, sum(timed_activities)::bigint as timed_activities, sum(activity_seconds)::bigint as activity_seconds, sum(user_messages)::bigint as user_messages, sum(twin_messages)::bigint as twin_messages, sum(tokens)::bigint as tokens, sum(documents)::bigint as documents, sum(queries)::bigint as queries, sum(shared_interactions)::bigint as shared_interactions, sum(helpful_yes)::bigint as helpful_yes, sum(helpful_no)::bigint as helpful_no
  from raw group by day, n, twin_id, platform
),
      f as (select start_of($7::date, $3::day_rule) as lo, start_of($7::date + 1, $3::day_rule) as hi)
    select to_jsonb((select coalesce(sum(fresh.user_messages + fresh.twin_messages), 0)::int from fresh)) as value from f;
