import type { MetricRow, MetricTotals } from "@twin/contracts/metrics";
import { bucketOf, type Interval, nextBucket } from "@twin/contracts/calendar";
import type { Tx } from "../actor.ts";
import type { Calendar } from "./local-days.ts";
import { filteredFacts, filterValues, isOfPlatforms, type ResolvedFilter, summedFacts } from "./filter.ts";

/** Inclusive local days. */
export type DayRange = { start_date: string; end_date: string };

/** A row of an answer, with what its average is made of. */
type Bucket = MetricRow & { ended_sessions: number; session_seconds: number };

const trunc = (interval: Interval, day: string) =>
  interval === "day" ? day : `date_trunc('${interval}', ${day}::timestamp)::date`;

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
  bucket: string;
  new_users: number | null;
  ended_sessions: number;
  session_seconds: number;
  platform_breakdown: Record<string, number>;
};

const unfilteredSums = (interval: Interval) => `
  with kept as materialized (
    select ${trunc(interval, "metric_date")} as bucket, d.* from daily_metrics d
    where d.org_id = $1 and d.metric_date >= $2::date and d.metric_date <= $3::date
  ),
  platform as (
    select p.bucket, jsonb_object_agg(p.platform, p.sessions) as platform_breakdown from (
      select b.bucket, e.key as platform, sum(e.value::int)::int as sessions
      from kept b cross join lateral jsonb_each_text(b.platform_breakdown) e group by b.bucket, e.key
    ) p group by p.bucket
  ),
  summed as (
    select bucket, ${summed.map((column) => `sum(${column})::int as ${column}`).join(", ")}, sum(new_users)::int as new_users,
      sum(ended_sessions)::int as ended_sessions, sum(session_seconds)::bigint as session_seconds
    from kept group by bucket
  )
  select s.*, coalesce(p.platform_breakdown, '{}') as platform_breakdown from summed s left join platform p using (bucket)`;

const filteredSums = (interval: Interval, filter: ResolvedFilter) => `
  with platform as (
    select ${trunc(interval, "d.day")} as bucket, d.platform, sum(d.sessions)::int as total_sessions,
      sum(d.conversations)::int as total_conversations, sum(d.user_messages + d.twin_messages)::int as total_messages,
      sum(d.documents)::int as total_documents_drafted, sum(d.queries)::int as total_queries,
      sum(d.shared_interactions)::int as total_shared_interactions, sum(d.ended_sessions)::int as ended_sessions,
      sum(d.session_seconds)::bigint as session_seconds
    from ${summedFacts(filter)} group by 1, 2
  )
  select bucket, ${summed.map((column) => `sum(${column})::int as ${column}`).join(", ")}, 0 as new_users,
    sum(ended_sessions)::int as ended_sessions, sum(session_seconds)::bigint as session_seconds,
    coalesce(jsonb_object_agg(platform, total_sessions) filter (where total_sessions > 0), '{}') as platform_breakdown
  from platform group by bucket`;

/** Distinct active users of each bucket, and (bucket null) of the whole range. */
async function countActive(
  tx: Tx,
  range: DayRange,
  interval: Interval,
  filter: ResolvedFilter,
): Promise<Map<string | null, number>> {
  const bucket = trunc(interval, "d.day");
  const rows = await tx.query<{ bucket: string | null; users: number }>(
    isOfPlatforms(filter)
      ? {
          name: `active_bits_${interval}`,
          text: `with a as materialized (
              select ${bucket} as bucket, d.lane, ${interval === "day" ? "d.bits" : "bit_or(d.bits) as bits"} from day_users d
              where d.org_id = $1 and d.kind = $4 and d.day >= $2::date and d.day <= $3::date ${interval === "day" ? "" : "group by 1, 2"}
            )
            select bucket, sum(bit_count(bits))::int as users from a group by bucket
            union all
            select null, coalesce(sum(c), 0)::int from (select bit_count(bit_or(bits)) as c from a group by lane) l`,
          values: [
            tx.org_id,
            range.start_date,
            range.end_date,
            filter.platform === null ? "active" : `active:${filter.platform}`,
          ],
        }
      : {
          text: `with a as materialized (
              select distinct ${bucket} as bucket, d.n from ${filteredFacts(filter)} and d.sessions > 0 and d.n > 0
            )
            select bucket, count(*)::int as users from a group by bucket
            union all
            select null, count(distinct n)::int from a`,
          values: [tx.org_id, range.start_date, range.end_date, ...filterValues(filter)],
        },
  );
  return new Map(rows.map((row) => [row.bucket, row.users]));
}

/** Installations as they stood at the end of days, in order: stored ones where there are some, else counted. */
async function countInstallations(
  tx: Tx,
  days: string[],
  dayRule: string,
  filter: ResolvedFilter,
): Promise<(number | null)[]> {
  if (filter.ofPeople) return days.map(() => null);
  if (filter.any) return countSpells(tx, days, dayRule, filter);
  const rows = await tx.query<{ day: string; installations: number }>({
    name: "stored_installations",
    text: `select metric_date as day, total_twin_installations as installations
      from daily_metrics where org_id = $1 and metric_date = any ($2::date[])`,
    values: [tx.org_id, days],
  });
  const stored = new Map(rows.map((row) => [row.day, row.installations]));
  const missing = days.filter((day) => !stored.has(day));
  const counted = await countSpells(tx, missing, dayRule, filter);
  for (const [index, day] of missing.entries()) stored.set(day, counted[index]!);
  return days.map((day) => stored.get(day)!);
}

/** Spells open at the end of each day. All spells are read once: each opens before one day's end and closes before another's. */
async function countSpells(tx: Tx, days: string[], dayRule: string, filter: ResolvedFilter): Promise<number[]> {
  if (days.length === 0) return [];
  const rows = await tx.query<{ no: number; change: number }>({
    text: `with ends as materialized (select array(select start_of(t.day + 1, $3) from unnest($2::date[]) t (day) order by 1) as at)
      select width_bucket(e.at, ends.at) as no, sum(e.change)::int as change
      from ends cross join twin_installations i
      cross join lateral (values (i.installed_at, 1), (i.uninstalled_at, -1)) e (at, change)
      where i.org_id = $1 and ($4::text is null or i.platform = $4) and ($5::uuid is null or i.twin_id = $5) and e.at is not null
      group by 1`,
    values: [tx.org_id, days, dayRule, filter.platform, filter.twin_id],
  });
  const changes = new Map(rows.map((row) => [row.no, row.change]));
  let open = 0;
  return days.map((_, index) => (open += changes.get(index) ?? 0));
}

async function countNewUsers(tx: Tx, range: DayRange, interval: Interval, dayRule: string, filter: ResolvedFilter) {
  const rows = await tx.query<{ bucket: string; users: number }>({
    text: `select ${trunc(interval, "day_of(u.created_at, $4)")} as bucket, count(*)::int as users from users u
      where u.org_id = $1 and u.created_at >= start_of($2::date, $4) and u.created_at < start_of($3::date + 1, $4)
        and ($5::text is null or u.department = $5) and ($6::text is null or u.company = $6) and ($7::uuid is null or u.id = $7)
      group by 1`,
    values: [tx.org_id, range.start_date, range.end_date, dayRule, filter.department, filter.company, filter.user_id],
  });
  return new Map(rows.map((row) => [row.bucket, row.users]));
}

/**
 * Every bucket of a range, zero-filled, and the totals over all of it. Buckets are cut at the range; an end before the
 * start is a range of nothing.
 */
export async function readBuckets(
  tx: Tx,
  range: DayRange,
  interval: Interval,
  filter: ResolvedFilter,
  calendar: Calendar,
): Promise<{ days: MetricRow[]; totals: MetricTotals }> {
  const starts: string[] = [];
  if (range.start_date <= range.end_date) {
    for (let at = bucketOf(range.start_date, interval); at <= range.end_date; at = nextBucket(at, interval))
      starts.push(at);
  }
  const values = [tx.org_id, range.start_date, range.end_date];
  const sums = await tx.query<Sums>(
    filter.any
      ? { text: filteredSums(interval, filter), values: [...values, ...filterValues(filter)] }
      : { name: `metric_sums_${interval}`, text: unfilteredSums(interval), values },
  );
  const byBucket = new Map(sums.map((row) => [row.bucket, row]));
  const active = await countActive(tx, range, interval, filter);
  const ends = starts.map((start) => lastDayOf(start, interval, range));
  const installations = await countInstallations(tx, ends, calendar.day_rule, filter);
  const hasNewUsers = filter.platform === null && filter.twin_id === null;
  const newUsers =
    filter.any && hasNewUsers ? await countNewUsers(tx, range, interval, calendar.day_rule, filter) : null;

  const buckets = starts.map((start, index): Bucket => {
    const row = byBucket.get(start);
    return {
      metric_date: start,
      total_active_users: active.get(start) ?? 0,
      new_users: !hasNewUsers ? null : newUsers ? (newUsers.get(start) ?? 0) : (row?.new_users ?? 0),
      ...(Object.fromEntries(summed.map((column) => [column, row?.[column] ?? 0])) as Record<Summed, number>),
      avg_session_duration_seconds: mean(row?.session_seconds ?? 0, row?.ended_sessions ?? 0),
      total_twin_installations: installations[index] ?? null,
      platform_breakdown: sorted(row?.platform_breakdown ?? {}),
      ended_sessions: row?.ended_sessions ?? 0,
      session_seconds: row?.session_seconds ?? 0,
    };
  });
  return {
    days: buckets.map(({ ended_sessions: _ended, session_seconds: _seconds, ...row }) => row),
    totals: totalsOf(buckets, active.get(null) ?? 0, hasNewUsers, filter.ofPeople),
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
    total_twin_installations: ofPeople ? null : (buckets.at(-1)?.total_twin_installations ?? 0),
    platform_breakdown: sorted(platforms),
  };
}

/** The last day of a bucket within the range. */
function lastDayOf(start: string, interval: Interval, range: DayRange): string {
  if (interval === "day") return start;
  const last = new Date(Date.parse(`${nextBucket(start, interval)}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
  return last < range.end_date ? last : range.end_date;
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
