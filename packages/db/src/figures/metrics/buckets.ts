import { type FactSum, factSums } from "@twin/contracts/figures";
import type { MetricRow, MetricTotals } from "@twin/contracts/metrics";
import type { Tx } from "../../tenancy/actor.ts";
import type { Calendar } from "../../tenancy/calendar/local-days.ts";
import type { Stretch } from "../../tenancy/calendar/range.ts";
import { asksForPeople, asksForUse, type FigureFilter } from "../filter/filter.ts";
import { asksAnything } from "../../people/filter.ts";
import { countActive, countInstallations, countNewUsers, boundsOfStretches, readSums } from "./stretches.ts";

/** A row of an answer, with the sums that its average is computed from. */
type Bucket = MetricRow & { ended_sessions: number; session_seconds: number };

/**
 * A row for each range of days, and the totals over all of them; distinct users are counted in each, exactly. The ranges
 * are in order and without gaps; without any, the totals count nothing.
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
  const cut = boundsOfStretches(tx, stretches);
  const byPlace = new Map((await readSums(tx, cut, filter)).map((row) => [row.at, row]));
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
      ...(Object.fromEntries(factSums.map((column) => [column, row?.[column] ?? 0])) as Record<FactSum, number>),
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
    ...(Object.fromEntries(factSums.map((column) => [column, sum((bucket) => bucket[column])])) as Record<
      FactSum,
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
