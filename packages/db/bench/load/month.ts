import { noTwin } from "../../src/figures/facts/define.ts";
import { bitsOf, bitmapChunkWidth } from "../../src/figures/bitmaps/define.ts";
import { sqlMonthOf } from "../../src/figures/months/define.ts";
import { activitiesOf } from "../../src/people/activities-of.ts";

/**
 * Statements that store one month's visits, `[$1, $2)`, with all that hangs on them, and the figures that are made of a
 * person's day or month; in this order, in one transaction. Rows go in by their primary key, so that it is appended to.
 * OFFSET 0 keeps what is computed once for a row from being computed again wherever it is used.
 */
export const month: readonly { text: string; bounded?: true }[] = [
  {
    bounded: true,
    text: `create temp table act on commit drop as
      select a.*, bench.id(started_at, 'activity', aid) as id, started_at + make_interval(secs => length) as ended_at,
        case when type = 'conversation' then 2 + floor(bench.rnd(aid, 32) * 4)::int else 0 end as messages,
        20 + floor(bench.rnd(aid, 33) * 40)::int as pause
      from (
        select v.*, v.twin_id <> md5('twin' || (v.vid / 4096))::uuid as is_foreign, vid * 8 + j as aid, v.visit_at + make_interval(secs => j * step) as started_at,
          case when bench.rnd(vid * 8 + j, 31) > 0.15 then 20 + floor(bench.rnd(vid * 8 + j, 34) * 480)::int end as length,
          case when v.twin_id <> md5('twin' || (v.vid / 4096))::uuid and bench.rnd(vid * 8 + j, 30) < 0.5 then 'shared'
            when bench.rnd(vid * 8 + j, 35) < 0.64 then 'conversation' when bench.rnd(vid * 8 + j, 35) < 0.86 then 'query' else 'document' end as type
        from (select org_id, n, user_id, vid, day, zone, platform, acts, step, named, twin_id, started_at as visit_at from bench.visit where started_at >= $1 and started_at < $2) v
        cross join lateral generate_series(0, acts - 1) j
        offset 0
      ) a`,
  },
  {
    text: `create temp table msg on commit drop as
      select a.org_id, a.id as conversation_id, a.user_id, a.vid, m, a.started_at + make_interval(secs => m * pause) as created_at,
        5 + floor(bench.rnd(aid * 8 + m, 40) * 200)::int as tokens, aid * 8 + m as mid
      from act a cross join lateral generate_series(0, messages - 1) m`,
  },
  {
    // A derived session ends at its last moment: a start, or a word of its own person. Some that senders name never end.
    text: `create temp table session on commit drop as
      select v.*, case when v.named then bench.id(v.visit_at, 'session', v.vid) else derived_session_id(org_id, user_id, twin_id, platform, visit_at) end as id,
        case when not v.named then last_moment when bench.rnd(vid, 50) < 0.99 then last_moment + make_interval(secs => 30) end as ended_at
      from (
        select a.org_id, a.n, a.user_id, a.vid, a.day, a.twin_id, a.platform, a.named, a.visit_at, count(*) as activities,
          max(a.started_at + make_interval(secs => coalesce((messages - 1) / 2, 0) * 2 * case when messages > 0 then pause else 0 end)) as last_moment
        from act a group by 1, 2, 3, 4, 5, 6, 7, 8, 9
      ) v`,
  },
  { text: "analyze act; analyze session" },
  {
    text: `insert into sessions (org_id, id, user_id, twin_id, platform, device_type, started_at, ended_at, interaction_count, is_derived)
      select org_id, id, user_id, twin_id, platform, case when named then 'desktop' end, visit_at, ended_at, activities, not named from session order by org_id, id`,
  },
  {
    text: `insert into activities (org_id, id, user_id, twin_id, session_id, session_named, activity_type, action_description, started_at, ended_at, platform, device_type)
      select a.org_id, a.id, a.user_id, a.twin_id, s.id, a.named, type, 'Worked with the twin', a.started_at, a.ended_at, a.platform, 'desktop'
      from act a join session s on s.vid = a.vid order by a.org_id, a.id`,
  },
  {
    text: `insert into conversations (org_id, activity_id, title, topic, message_count, total_tokens, created_at)
      select a.org_id, a.id, 'Conversation ' || a.aid % 1000, 'Topic ' || a.aid % 12, a.messages, t.tokens, a.started_at
      from act a join (select conversation_id, sum(tokens) as tokens from msg group by 1) t on t.conversation_id = a.id order by a.org_id, a.id`,
  },
  {
    text: `insert into messages (org_id, conversation_id, id, user_id, sender_type, content, token_count, seq, created_at)
      select org_id, conversation_id, bench.id(created_at, 'message', mid), user_id, case m % 2 when 0 then 'user' else 'twin' end,
        bench.sealed(mid, 2 + (mid % 5)::int), tokens, m, created_at
      from msg order by org_id, conversation_id, m`,
  },
  {
    text: `insert into documents (org_id, activity_id, user_id, title, document_type, content, word_count, character_count, created_at)
      select org_id, id, user_id, 'Document ' || aid % 1000, (array['email', 'report', 'memo'])[1 + aid % 3], bench.sealed(aid, 18), 60, 290, started_at
      from act where type = 'document' order by org_id, id`,
  },
  {
    text: `insert into queries (org_id, activity_id, user_id, query_text, query_type, results_count, retrieved_info, created_at)
      select org_id, id, user_id, bench.sealed(aid, 2), (array['factual', 'analytical'])[1 + aid % 2], aid % 9, bench.sealed(aid, 7), started_at
      from act where type = 'query' order by org_id, id`,
  },
  {
    text: `insert into shared_twin_interactions (org_id, activity_id, accessing_user_id, twin_owner_id, twin_id, interaction_purpose, was_helpful, is_sent, created_at)
      select a.org_id, a.id, a.user_id, t.user_id, a.twin_id, 'Question', case when aid % 3 = 0 then null else aid % 5 <> 0 end, true, a.started_at
      from act a join twins t on t.org_id = a.org_id and t.id = a.twin_id where is_foreign or type = 'shared' order by a.org_id, a.id`,
  },
  {
    text: `create temp table fact (like user_days) on commit drop`,
  },
  {
    text: `insert into fact (org_id, day, n, twin_id, platform, sessions, ended_sessions, session_seconds, conversations, query_activities,
        document_activities, shared_activities, timed_activities, activity_seconds, user_messages, twin_messages, tokens, documents, queries,
        shared_interactions, helpful_yes, helpful_no)
      select org_id, day, n, coalesce(twin_id, '${noTwin}'), platform, sum(sessions), sum(ended), sum(seconds), sum(conversations), sum(queries), sum(documents), sum(shares),
        sum(timed), sum(timed_seconds), sum(said), sum(answered), sum(tokens), sum(documents), sum(queries), sum(shared), sum(yes), sum(no)
      from (
        select org_id, day, n, twin_id, platform, 1 as sessions, (ended_at is not null)::int as ended, coalesce(extract(epoch from ended_at - visit_at), 0)::int as seconds,
          0 as conversations, 0 as queries, 0 as documents, 0 as shares, 0 as timed, 0 as timed_seconds, 0 as said, 0 as answered, 0 as tokens, 0 as shared, 0 as yes, 0 as no
        from session
        union all
        select org_id, day, n, twin_id, platform, 0, 0, 0, (type = 'conversation')::int, (type = 'query')::int, (type = 'document')::int, (type = 'shared')::int,
          (length is not null)::int, coalesce(length, 0), (messages + 1) / 2, messages / 2, coalesce(t.tokens, 0), (is_foreign or type = 'shared')::int,
          ((is_foreign or type = 'shared') and aid % 3 > 0 and aid % 5 <> 0)::int, ((is_foreign or type = 'shared') and aid % 3 > 0 and aid % 5 = 0)::int
        from act left join (select conversation_id, sum(tokens)::int as tokens from msg group by 1) t on t.conversation_id = act.id
      ) f group by 1, 2, 3, 4, 5`,
  },
  { text: `insert into user_days select * from fact order by org_id, day, n` },
  {
    text: `create temp table used on commit drop as
      select org_id, day, n, f.feature as feature_name, sum(f.uses)::int as usage_count, max(f.at) as last_used_at
      from act cross join lateral (values
        ('question_asked', (messages + 1) / 2, started_at + make_interval(secs => (messages - 1) / 2 * 2 * pause)),
        ('info_retrieved', (type = 'query')::int, started_at), ('document_drafted', (type = 'document')::int, started_at),
        ('shared_interaction', (is_foreign or type = 'shared')::int, started_at)
      ) f (feature, uses, at)
      where f.uses > 0 group by 1, 2, 3, 4`,
  },
  {
    text: `insert into feature_usage (org_id, usage_date, n, feature_name, usage_count, last_used_at)
      select * from used order by org_id, day, n, feature_name`,
  },
  {
    text: `insert into day_users (org_id, kind, day, lane, bits)
      select org_id, kind, day, n / ${bitmapChunkWidth}, ${bitsOf("n")}
      from (
        select d.org_id, k.kind, d.day, d.n from fact d cross join lateral (values ('active'), ('active:' || d.platform)) k (kind)
        where d.sessions > 0
        union all select org_id, 'used:' || feature_name, day, n from used
      ) b group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
  },
  {
    text: `insert into twin_months (org_id, twin_id, month, activities)
      select d.org_id, d.twin_id, ${sqlMonthOf("d.day")}, sum${activitiesOf("d")} from fact d group by 1, 2, 3 having sum${activitiesOf("d")} > 0 order by 1, 2`,
  },
  {
    text: `insert into monthly_user_stats (org_id, n, month, session_count, activity_count, duration_sum, duration_n)
      select org_id, n, ${sqlMonthOf("day")}, count(distinct vid), count(*), coalesce(sum(length), 0), count(length)
      from act group by 1, 2, 3 order by 1, 2`,
  },
  {
    text: `insert into activity_hours (org_id, day, platform, hours)
      select org_id, day, platform, array[${Array.from({ length: 24 }, (_, hour) => `count(*) filter (where hour = ${hour})`).join(", ")}]
      from (select org_id, day, platform, extract(hour from started_at at time zone zone)::int as hour from act offset 0) a group by 1, 2, 3`,
  },
];

/** Tables that a month fills by itself: emptied first in its transaction, they need no log. */
export const partitioned = [
  "sessions",
  "activities",
  "conversations",
  "documents",
  "queries",
  "shared_twin_interactions",
  "messages",
];

/** What senders call things: users u1, twins t1, the others by their ids. Sorted by key, so that the index is appended to. */
export const externalIds = `
  insert into external_ids (org_id, kind, source, key_hash, id)
  select org_id, kind, 'import', sha256(convert_to(kind || E'\\nimport\\n' || name, 'UTF8')), id from (
    select org_id, 'user' as kind, 'u' || n as name, user_id as id from bench.person
    union all select org_id, 'twin', 't' || n, md5('twin' || uid)::uuid from bench.person
    union all select org_id, 'session', id::text, id from sessions where not is_derived
    union all select org_id, 'activity', id::text, id from activities
  ) e order by 1, 2, 3, 4`;

/** Who came first when, and came back; `$1` is today. */
export const retention = `
  with first as materialized (
    select org_id, n, min(day) as day, sum(sessions) as sessions from user_days where sessions > 0 and n > 0 group by 1, 2
  ), back as (
    select f.org_id, f.n, ${[1, 7, 30].map((days) => `bool_or(d.day = f.day + ${days}) as day_${days}`).join(", ")}
    from first f join user_days d on d.org_id = f.org_id and d.n = f.n and d.day in (f.day + 1, f.day + 7, f.day + 30) and d.sessions > 0
    group by 1, 2
  )
  insert into user_retention (org_id, n, cohort_date, day_1_active, day_7_active, day_30_active, total_sessions, last_calculated_at)
  select f.org_id, f.n, f.day, ${[1, 7, 30].map((days) => `case when f.day + ${days} < $1::date then coalesce(b.day_${days}, false) end`).join(", ")}, f.sessions, $1::date
  from first f left join back b using (org_id, n) order by 1, 2`;

export const firstDays = `
  insert into day_users (org_id, kind, day, lane, bits)
  select org_id, 'first', cohort_date, n / ${bitmapChunkWidth}, ${bitsOf("n")} from user_retention group by 1, 2, 3, 4 order by 1, 2, 3, 4`;

export const lastActive = `
  update users u set last_active_at = v.last, first_day = r.cohort_date
  from (select org_id, user_id, max(started_at) as last from bench.visit group by 1, 2) v,
    user_retention r
  where u.org_id = v.org_id and u.id = v.user_id and r.org_id = u.org_id and r.n = u.n`;
