import type { MetricRow, MetricTotals } from "@twin/contracts/metrics";
import { daysBetween } from "@twin/contracts/calendar";
import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../tenancy/actor.ts";
import type { Calendar } from "../../tenancy/calendar/local-days.ts";
import type { Stretch } from "../../tenancy/calendar/range.ts";
import { passes } from "../../people/attributes.ts";
import { only, statement, textOf } from "../../postgres/statement.ts";
import { isNewWithin } from "../../people/users/created.ts";
import {
  asksForPeople,
  asksForUse,
  filteredFacts,
  isOfPlatforms,
  type FigureFilter,
  summedFacts,
  useOf,
} from "../filter/filter.ts";
import { asksAnything } from "../../people/filter.ts";

/** A row of an answer, with what its average is made of. */
type Bucket = MetricRow & { ended_sessions: number; session_seconds: number };

/** The days `$2` to `$3`, cut into stretches that follow each other. */
type Cut = {
  /** Whether each day is a stretch of its own. */
  byDay: boolean;
  days: { org_id: number; from: string; to: string };
  /** The first parameters of a statement, a list that others may be added to. */
  values: () => unknown[];
  /** SQL for the stretch of a day, counted from 0. */
  at: (day: string) => string;
};

/** Adds a parameter, and says how it is called. */
const parameter = (values: unknown[], value: unknown): string => `$${values.push(value)}`;

function cutOf(tx: Tx, stretches: readonly Stretch[]): Cut {
  const [start, end] = [stretches[0]!.start_date, stretches.at(-1)!.end_date];
  const byDay = daysBetween(start, end) === stretches.length;
  const starts = stretches.map(({ start_date }) => start_date);
  return {
    byDay,
    days: { org_id: tx.org_id, from: start, to: end },
    values: () => [tx.org_id, start, end, ...(byDay ? [] : [starts])],
    at: (day) => (byDay ? `${day} - $2::date` : `width_bucket(${day}, $4::date[]) - 1`),
  };
}

const summed = [
  "total_sessions",
  "total_conversations",
  "total_messages",
  "total_documents_drafted",
  "total_queries",
  "total_shared_interactions",
] as const;
type Summed = (typeof summed)[number];

type Sums = Record<Summed, number> & {
  at: number;
  new_users: number | null;
  ended_sessions: number;
  session_seconds: number;
  platform_breakdown: Record<string, number>;
};

const days = { org_id: "int", from: "date", to: "date" } as const;
const sumsRow = {
  at: "int",
  ...(Object.fromEntries(summed.map((column) => [column, "int"])) as Record<Summed, "int">),
  new_users: "int?",
  ended_sessions: "int",
  session_seconds: "bigint",
  platform_breakdown: only<Sums["platform_breakdown"]>("jsonb"),
} as const;
const sumOfEach = sql.raw(summed.map((column) => `sum(${column})::int as ${column}`).join(", "));

const unfilteredSums = (p: Record<keyof typeof days, SQL>, at: SQL) => sql`
    with kept as materialized (
      select ${at} as at, d.* from daily_metrics d
      where d.org_id = ${p.org_id} and d.metric_date >= ${p.from} and d.metric_date <= ${p.to}
    ),
    platform as (
      select p.at, jsonb_object_agg(p.platform, p.sessions) as platform_breakdown from (
        select b.at, e.key as platform, sum(e.value::int)::int as sessions
        from kept b cross join lateral jsonb_each_text(b.platform_breakdown) e group by b.at, e.key
      ) p group by p.at
    ),
    summed as (
      select at, ${sumOfEach}, sum(new_users)::int as new_users,
        sum(ended_sessions)::int as ended_sessions, sum(session_seconds)::bigint as session_seconds
      from kept group by at
    )
    select s.*, coalesce(p.platform_breakdown, '{}') as platform_breakdown from summed s left join platform p using (at)`;

const sumsOfDays = statement("figures.metric_sums_day", days, sumsRow, (p) =>
  unfilteredSums(p, sql`metric_date - ${p.from}`),
);

const sumsOfStretches = statement("figures.metric_sums_stretch", { ...days, starts: "date[]" }, sumsRow, (p) =>
  unfilteredSums(p, sql`width_bucket(metric_date, ${p.starts}) - 1`),
);

const filteredSums = (cut: Cut, filter: FigureFilter, values: unknown[]) => `
  with platform as (
    select ${cut.at("d.day")} as at, d.platform, sum(d.sessions)::int as total_sessions,
      sum(d.conversations)::int as total_conversations, sum(d.user_messages + d.twin_messages)::int as total_messages,
      sum(d.documents)::int as total_documents_drafted, sum(d.queries)::int as total_queries,
      sum(d.shared_interactions)::int as total_shared_interactions, sum(d.ended_sessions)::int as ended_sessions,
      sum(d.session_seconds)::bigint as session_seconds
    from ${summedFacts(filter, values)} group by 1, 2
  )
  select at, ${summed.map((column) => `sum(${column})::int as ${column}`).join(", ")}, 0 as new_users,
    sum(ended_sessions)::int as ended_sessions, sum(session_seconds)::bigint as session_seconds,
    coalesce(jsonb_object_agg(platform, total_sessions) filter (where total_sessions > 0), '{}') as platform_breakdown
  from platform group by at`;

/** Distinct active users of each stretch, and (null) of all of them. */
async function countActive(tx: Tx, cut: Cut, filter: FigureFilter): Promise<Map<number | null, number>> {
  const values = cut.values();
  const [kind, ...further] = filter.kinds;
  const one = kind !== undefined && further.length === 0;
  // A day of one kind is one set as it is stored.
  const stored = one && cut.byDay;
  const rows = await tx.query<{ at: number | null; users: number }>(
    isOfPlatforms(filter)
      ? {
          name: `active_bits_${cut.byDay ? "day" : "stretch"}${one ? "" : "_of_some"}`,
          text: `with a as materialized (
              select ${cut.at("d.day")} as at, d.lane, ${stored ? "d.bits" : "bit_or(d.bits) as bits"} from day_users d
              where d.org_id = $1 and d.kind = ${one ? parameter(values, kind) : `any (${parameter(values, filter.kinds)}::text[])`}
                and d.day >= $2::date and d.day <= $3::date ${stored ? "" : "group by 1, 2"}
            )
            select at, sum(bit_count(bits))::int as users from a group by at
            union all
            select null, coalesce(sum(c), 0)::int from (select bit_count(bit_or(bits)) as c from a group by lane) l`,
          values,
        }
      : {
          text: `with a as materialized (
              select distinct ${cut.at("d.day")} as at, d.n from ${filteredFacts(filter, values)} and d.sessions > 0 and d.n > 0
            )
            select at, count(*)::int as users from a group by at
            union all
            select null, count(distinct n)::int from a`,
          values,
        },
  );
  return new Map(rows.map((row) => [row.at, row.users]));
}

const storedInstallations = statement(
  "figures.stored_installations",
  { org_id: "int", days: "date[]" },
  { day: "date", installations: "int" },
  (p) => sql`
    select metric_date as day, total_twin_installations as installations
    from daily_metrics where org_id = ${p.org_id} and metric_date = any (${p.days})`,
);

/** Installations as they stood at the end of days, in order: stored ones where there are some, else counted. */
async function countInstallations(
  tx: Tx,
  days: string[],
  dayRule: string,
  filter: FigureFilter,
): Promise<(number | null)[]> {
  if (asksForPeople(filter)) return days.map(() => null);
  if (asksAnything(filter)) return countSpells(tx, days, dayRule, filter);
  const rows = await tx.query(storedInstallations({ org_id: tx.org_id, days }));
  const stored = new Map(rows.map((row) => [row.day, row.installations]));
  const missing = days.filter((day) => !stored.has(day));
  const counted = await countSpells(tx, missing, dayRule, filter);
  for (const [index, day] of missing.entries()) stored.set(day, counted[index]!);
  return days.map((day) => stored.get(day)!);
}

/** Spells open at the end of each day. All spells are read once: each opens before one day's end and closes before another's. */
async function countSpells(tx: Tx, days: string[], dayRule: string, filter: FigureFilter): Promise<number[]> {
  if (days.length === 0) return [];
  const values: unknown[] = [tx.org_id, days, dayRule];
  const rows = await tx.query<{ no: number; change: number }>({
    text: `with ends as materialized (select array(select start_of(t.day + 1, $3) from unnest($2::date[]) t (day) order by 1) as at)
      select width_bucket(e.at, ends.at) as no, sum(e.change)::int as change
      from ends cross join twin_installations i
      cross join lateral (values (i.installed_at, 1), (i.uninstalled_at, -1)) e (at, change)
      where i.org_id = $1${useOf("i", filter, values)} and i.installed_at is not null and e.at is not null
      group by 1`,
    values,
  });
  const changes = new Map(rows.map((row) => [row.no, row.change]));
  let open = 0;
  return days.map((_, index) => (open += changes.get(index) ?? 0));
}

async function countNewUsers(tx: Tx, cut: Cut, dayRule: string, filter: FigureFilter) {
  const values = cut.values();
  const rule = parameter(values, dayRule);
  const rows = await tx.query<{ at: number; users: number }>({
    text: `select ${cut.at(`day_of(u.created_at, ${rule})`)} as at, count(*)::int as users from users u
      where u.org_id = $1 and ${isNewWithin("u", `start_of($2::date, ${rule})`, `start_of($3::date + 1, ${rule})`)}
        and ${textOf(passes("u", filter), values)}
      group by 1`,
    values,
  });
  return new Map(rows.map((row) => [row.at, row.users]));
}

/**
 * A row for each stretch of days, and the totals over all of them; distinct users are counted in each, exactly. The
 * stretches follow each other, in order; of none the totals are nothing.
 */
export async function readBuckets(
  tx: Tx,
  stretches: readonly Stretch[],
  filter: FigureFilter,
  calendar: Calendar,
): Promise<{ rows: MetricRow[]; totals: MetricTotals }> {
  const hasNewUsers = !asksForUse(filter);
  const any = asksAnything(filter);
  if (stretches.length === 0) return { rows: [], totals: totalsOf([], 0, hasNewUsers, asksForPeople(filter)) };
  const cut = cutOf(tx, stretches);
  const values = cut.values();
  const sums = await tx.query<Sums>(
    any
      ? { text: filteredSums(cut, filter, values), values }
      : cut.byDay
        ? sumsOfDays(cut.days)
        : sumsOfStretches({ ...cut.days, starts: stretches.map(({ start_date }) => start_date) }),
  );
  const byPlace = new Map(sums.map((row) => [row.at, row]));
  const active = await countActive(tx, cut, filter);
  const ends = stretches.map(({ end_date }) => end_date);
  const installations = await countInstallations(tx, ends, calendar.day_rule, filter);
  const newUsers = any && hasNewUsers ? await countNewUsers(tx, cut, calendar.day_rule, filter) : null;

  const buckets = stretches.map(({ metric_date, start_date, end_date, complete }, at): Bucket => {
    const row = byPlace.get(at);
    return {
      metric_date,
      start_date,
      end_date,
      complete,
      total_active_users: active.get(at) ?? 0,
      new_users: !hasNewUsers ? null : newUsers ? (newUsers.get(at) ?? 0) : (row?.new_users ?? 0),
      ...(Object.fromEntries(summed.map((column) => [column, row?.[column] ?? 0])) as Record<Summed, number>),
      avg_session_duration_seconds: mean(row?.session_seconds ?? 0, row?.ended_sessions ?? 0),
      total_twin_installations: installations[at] ?? null,
      platform_breakdown: sorted(row?.platform_breakdown ?? {}),
      ended_sessions: row?.ended_sessions ?? 0,
      session_seconds: row?.session_seconds ?? 0,
    };
  });
  return {
    rows: buckets.map(({ ended_sessions: _ended, session_seconds: _seconds, ...row }) => row),
    totals: totalsOf(buckets, active.get(null) ?? 0, hasNewUsers, asksForPeople(filter)),
  };
}

function totalsOf(
  buckets: readonly Bucket[],
  active_users: number,
  hasNewUsers: boolean,
  ofPeople: boolean,
): MetricTotals {
  const sum = (pick: (bucket: Bucket) => number) => buckets.reduce((total, bucket) => total + pick(bucket), 0);
  const platforms: Record<string, number> = {};
  for (const { platform_breakdown } of buckets) {
    for (const [platform, sessions] of Object.entries(platform_breakdown))
      platforms[platform] = (platforms[platform] ?? 0) + sessions;
  }
  return {
    active_users,
    new_users: hasNewUsers ? sum((bucket) => bucket.new_users ?? 0) : null,
    ...(Object.fromEntries(summed.map((column) => [column, sum((bucket) => bucket[column])])) as Record<
      Summed,
      number
    >),
    avg_session_duration_seconds: mean(
      sum((bucket) => bucket.session_seconds),
      sum((bucket) => bucket.ended_sessions),
    ),
    total_twin_installations: ofPeople ? null : (buckets.at(-1)?.total_twin_installations ?? null),
    platform_breakdown: sorted(platforms),
  };
}

/** Rounded half up; 0 if there is nothing to average. */
const mean = (seconds: number, count: number): number =>
  count === 0 ? 0 : Math.floor((2 * seconds + count) / (2 * count));

const sorted = (counts: Record<string, number>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
