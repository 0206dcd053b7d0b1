import { type FactColumn, factColumns } from "../tables.ts";
import { recordKinds } from "../../records/kinds.ts";
import { activityColumns } from "@twin/contracts/figures";
import { reachedIds, reachOfOrganization } from "../../tenancy/calendar/reach.ts";

/** Stands for “no twin” in facts, because a key can't hold a null. */
export const noTwin = "00000000-0000-0000-0000-000000000000";

type Source = {
  from: string;
  at: string;
  twin: string;
  platform: string;
  counts: Partial<Record<FactColumn, string>>;
  /** The feature that its rows use: how many, and when the latest (null: none). */
  use?: { feature: string; of: string; at: string };
};

/** Bounds of the ids of `pair`'s rows (`boundIds`): only these months are read. */
const bounded = (id: string) => `${id} >= $5::uuid and ${id} < $6::uuid`;

const ofActivity = (id: string): string =>
  `cross join lateral (select * from activities a where a.org_id = $1 and a.id = ${id} and ${bounded("a.id")} offset 0) a`;

/**
 * What belongs to an activity lies near its start (`reachedIds`): without this condition each person costs a lookup in
 * every month.
 */
const nearby = (activity: string) =>
  `${activity} >= p.reach_lo_id and ${activity} < p.reach_hi_id and ${bounded(activity)}`;

const ofTypes: Partial<Record<FactColumn, string>> = Object.fromEntries(
  Object.entries(activityColumns).map(([type, column]) => [column, `(a.activity_type = '${type}')::int`]),
);

/** One statement a raw table: its rows of one person and time range `p`, and what they count. */
const sources: readonly Source[] = [
  {
    from: `sessions s where s.org_id = $1 and s.user_id = p.user_id and s.id >= p.lo_id and s.id < p.hi_id and ${bounded("s.id")}`,
    at: "s.started_at",
    twin: `coalesce(s.twin_id, '${noTwin}')`,
    platform: "s.platform",
    counts: {
      sessions: "1",
      ended_sessions: "(s.ended_at is not null)::int",
      session_seconds: "coalesce(s.duration_seconds, 0)",
    },
  },
  {
    from: `activities a where a.org_id = $1 and a.user_id = p.user_id and a.id >= p.lo_id and a.id < p.hi_id and ${bounded("a.id")}`,
    at: "a.started_at",
    twin: "a.twin_id",
    platform: "a.platform",
    counts: {
      ...ofTypes,
      timed_activities: "(a.duration_seconds is not null)::int",
      activity_seconds: "coalesce(a.duration_seconds, 0)",
    },
  },
  {
    // Grouped by conversation, so that its activity is looked up once, not for each message.
    from: `(
        select m.conversation_id, max(m.created_at) as created_at,
          count(*) filter (where m.sender_type = 'user') as user_messages, count(*) filter (where m.sender_type = 'twin') as twin_messages,
          sum(coalesce(m.token_count, 0)) as tokens, max(m.created_at) filter (where m.sender_type = 'user') as asked_at
        from messages m
        where m.org_id = $1 and m.user_id is not distinct from p.user_id and m.id >= p.lo_id and m.id < p.hi_id
          and ${nearby("m.conversation_id")}
        group by m.conversation_id, day_of(m.created_at, $4)
      ) m ${ofActivity("m.conversation_id")}`,
    at: "m.created_at",
    twin: "a.twin_id",
    platform: "a.platform",
    counts: { user_messages: "m.user_messages", twin_messages: "m.twin_messages", tokens: "m.tokens" },
    use: { feature: recordKinds.messages.feature, of: "m.user_messages", at: "m.asked_at" },
  },
  {
    from: `documents d ${ofActivity("d.activity_id")}
      where d.org_id = $1 and d.user_id = p.user_id and d.created_at >= p.lo and d.created_at < p.hi
        and ${nearby("d.activity_id")}`,
    at: "d.created_at",
    twin: "a.twin_id",
    platform: "a.platform",
    counts: { documents: "1" },
    use: { feature: recordKinds.documents.feature, of: "1", at: "d.created_at" },
  },
  {
    from: `queries q ${ofActivity("q.activity_id")}
      where q.org_id = $1 and q.user_id = p.user_id and q.created_at >= p.lo and q.created_at < p.hi
        and ${nearby("q.activity_id")}`,
    at: "q.created_at",
    twin: "a.twin_id",
    platform: "a.platform",
    counts: { queries: "1" },
    use: { feature: recordKinds.queries.feature, of: "1", at: "q.created_at" },
  },
  {
    from: `shared_twin_interactions i ${ofActivity("i.activity_id")}
      where i.org_id = $1 and i.accessing_user_id = p.user_id and i.created_at >= p.lo and i.created_at < p.hi
        and ${nearby("i.activity_id")}`,
    at: "i.created_at",
    twin: "i.twin_id",
    platform: "a.platform",
    counts: {
      shared_interactions: "1",
      helpful_yes: "(i.was_helpful is true)::int",
      helpful_no: "(i.was_helpful is false)::int",
    },
    use: { feature: recordKinds.shared_twin_interactions.feature, of: "1", at: "i.created_at" },
  },
];

/**
 * Days of one person that lie at most this far apart are read together: a lookup in every month costs more than a few quiet
 * days.
 */
const nearDays = 31;

/**
 * The people and days of `$2` (numbers) and `$3` (days) by the rule `$4`, as `pair` (n, day), whose rows have ids from `$5`
 * to `$6`; and as `span` the time ranges that hold them: n, user_id (null for n = 0 and for erased people), bounds as
 * instants and as ids, also of the activities that rows of that time may belong to.
 */
export const pairsOfParameters = `
  pair as materialized (select n, day from unnest($2::int[], $3::date[]) p (n, day)),
  stretch as materialized (
    select n, daterange(min(day), max(day), '[]') as days
    from (
      select n, day, count(*) filter (where begins) over (partition by n order by day) as stretch
      from (
        select n, day, day - lag(day) over (partition by n order by day) <= ${nearDays} is not true as begins from pair
      ) d
    ) d group by n, stretch
  ),
  bound as materialized (
    select s.days, b.lo, b.hi, uuid_floor(b.lo) as lo_id, uuid_floor(b.hi) as hi_id, ${reachedIds("b.lo", "b.hi")}
    from (select distinct days from stretch) s
    cross join lateral (select start_of(lower(s.days), $4) as lo, start_of(upper(s.days), $4) as hi) b
    cross join ${reachOfOrganization}
  ),
  span as materialized (
    select s.n, u.id as user_id, b.lo, b.hi, b.lo_id, b.hi_id, b.reach_lo_id, b.reach_hi_id
    from stretch s join bound b using (days) left join users u on u.org_id = $1 and u.n = s.n
  )`;

/**
 * Rows of one person and time range `p`, each with its event time `at`, counted on the days of `pair`. With OFFSET 0 the
 * planner neither joins the days inside of the loop over time ranges nor reads a whole table for it.
 */
const onDays = (columns: string, names: readonly string[], from: string, condition: string): string => `
  select q.day, q.n, ${names.map((name) => `r.${name}`).join(", ")}
  from (
    select p.n, r.* from span p cross join lateral (select ${columns} from ${from} offset 0) r (at, ${names.join(", ")})
    where ${condition} offset 0
  ) r join pair q on q.n = r.n and q.day = day_of(r.at, $4)`;

/** `user_id is not distinct from` would not use the index: people and erased authors (n = 0) are read separately. */
function readSource({ from, at, twin, platform, counts, use }: Source): string {
  const used = use ? [`'${use.feature}'`, use.of, use.at] : ["null", "null::bigint", "null::timestamptz"];
  const columns = [at, twin, platform, ...factColumns.map((column) => counts[column] ?? "0"), ...used].join(", ");
  if (!from.includes("is not distinct from p.user_id"))
    return onDays(columns, rawColumns, from, "p.user_id is not null");
  return [
    onDays(columns, rawColumns, from.replace("is not distinct from", "="), "p.user_id is not null"),
    onDays(columns, rawColumns, from.replace("is not distinct from p.user_id", "is null"), "p.n = 0"),
  ].join(" union all ");
}

const rawColumns = ["twin_id", "platform", ...factColumns, "feature_name", "uses", "used_at"];

/** The one definition of facts from raw rows, as `fresh`, over `pair`, for the rollup and for verify. */
export const factsFromRaw = `
  raw (day, n, ${rawColumns.join(", ")}) as materialized (${sources.map(readSource).join(" union all ")}),
  fresh as materialized (
    select day, n, twin_id, platform, ${factColumns.map((column) => `sum(${column})::bigint as ${column}`).join(", ")}
    from raw group by day, n, twin_id, platform
  )`;

/** Uses of features from raw rows, over what `factsFromRaw` has read, as `used`: docs/METRICS.md, "Features". */
export const featuresFromRaw = `
  used as materialized (
    select day, n, feature_name, sum(uses)::int as usage_count, max(used_at) as last_used_at
    from (
      select day, n, feature_name, uses, used_at from raw where used_at is not null
      union all
      ${onDays(
        "e.used_at, e.feature_name, e.count::bigint, e.used_at",
        ["feature_name", "uses", "used_at"],
        `feature_events e where e.org_id = $1 and e.user_id = p.user_id and e.id >= p.lo_id and e.id < p.hi_id and ${bounded("e.id")}`,
        "p.user_id is not null",
      )}
    ) f
    group by day, n, feature_name
  )`;
