import type { BreakdownsAnswer, MetricRow, MetricsAnswer, MetricTotals } from "@twin/contracts/metrics";
import { addDays, bucketOf, type Interval } from "@twin/contracts/calendar";
import { daySpan, dayText, plainDay, shortMonthYear } from "#lib/format.ts";
import { activitiesLink, type Params, peopleLink, type Query } from "#lib/links.ts";
import { bucketEnd, exactParams, type Range } from "#lib/range.ts";

/** A tab of the Overview. */
export type Figure = {
  key: "users" | "conversations" | "messages" | "documents" | "helpful";
  label: string;
  unit: "count" | "share";
  /** Colour says good or bad only where more is plainly better. */
  good: boolean;
  /** Which activities it counts, or holds: a message is part of a conversation. */
  behind: Params;
};
const shared = { type: null, feature: "shared_interaction", was_helpful: "yes,no" };
export const figures = [
  { key: "users", label: "Active users", unit: "count", good: true, behind: {} },
  { key: "conversations", label: "Conversations", unit: "count", good: false, behind: { type: "conversation" } },
  {
    key: "messages",
    label: "Messages",
    unit: "count",
    good: false,
    behind: { type: "conversation", by: "messages" },
  },
  { key: "documents", label: "Documents", unit: "count", good: false, behind: { feature: "document_drafted" } },
  { key: "helpful", label: "Helpful", unit: "share", good: true, behind: shared },
] as const satisfies readonly Figure[];
export type CountKey = Exclude<Figure["key"], "helpful">;

export const figureOf = (key: string | null): Figure => figures.find((figure) => figure.key === key) ?? figures[0];

/** First and last local day. */
export type Days = { start: string; end: string };
/** What a number of a figure counts, on the days of the address or on others: people where it is people. */
export function behindFigure({ key, behind }: Figure, from: Query, days?: Days): string {
  const exact = days && { ...exactParams(days.start, days.end), compare: null };
  return key === "users" ? peopleLink(from, exact) : activitiesLink(from, { ...exact, ...behind });
}

const ofRow: Record<CountKey, (row: MetricRow) => number> = {
  users: (row) => row.total_active_users,
  conversations: (row) => row.total_conversations,
  messages: (row) => row.total_messages,
  documents: (row) => row.total_documents_drafted,
};
const ofTotals: Record<CountKey, (totals: MetricTotals) => number> = {
  users: (totals) => totals.active_users,
  conversations: (totals) => totals.total_conversations,
  messages: (totals) => totals.total_messages,
  documents: (totals) => totals.total_documents_drafted,
};
export const totalOf = (key: CountKey, totals: MetricTotals): number => ofTotals[key](totals);

/** One place on the time axis. */
export type Point = {
  index: number;
  /** First and last local day of the bucket, cut at the range. */
  start: string;
  end: string;
  /** "Tue 17 Nov 2026", "Week of 16 Nov 2026", "Nov 2026" */
  name: string;
  /** Null where there is nothing to take a share of. */
  value: number | null;
  /** The share's base. */
  of?: number;
  before: number | null;
  beforeName: string | null;
  /** The days of the bucket that it is compared with. */
  beforeDays?: Days;
  /** Holds today, which isn't over. */
  unfinished: boolean;
};

/** "Tue 17 Nov 2026", "Week of 16 Nov 2026", "Nov 2026" */
export const nameOf = (start: string, interval: Interval): string =>
  interval === "day" ? dayText(start) : interval === "week" ? `Week of ${plainDay(start)}` : shortMonthYear(start);

/** Days that a bucket is compared with are no week or month, so they are named by themselves. */
const nameBefore = ({ start_date, end_date }: MetricRow, interval: Interval): string =>
  interval === "day"
    ? dayText(start_date, false)
    : start_date === end_date
      ? plainDay(start_date)
      : daySpan(start_date, end_date);

type Place = Omit<Point, "value" | "before" | "beforeName" | "beforeDays" | "of">;
const placeOf = (bucket: string, index: number, range: Range): Place => {
  const end = bucketEnd(bucket, range);
  return {
    index,
    start: bucket < range.start ? range.start : bucket,
    end,
    name: nameOf(bucket, range.interval),
    unfinished: bucket <= range.today && end >= range.today,
  };
};

const countPoints = (key: CountKey, metrics: MetricsAnswer, range: Range): Point[] =>
  metrics.days
    .filter((row) => row.metric_date <= range.end && bucketEnd(row.metric_date, range) >= range.start)
    .map((row, index) => {
      const before = metrics.previous?.days[index];
      return {
        ...placeOf(row.metric_date, index, range),
        value: ofRow[key](row),
        before: before ? ofRow[key](before) : null,
        beforeName: before ? nameBefore(before, range.interval) : null,
        ...(before && { beforeDays: { start: before.start_date, end: before.end_date } }),
      };
    });

function sharePoints(days: BreakdownsAnswer["helpful_days"], range: Range): Point[] {
  const buckets = new Map<string, { yes: number; no: number }>();
  for (const { date, yes, no } of days) {
    if (date < range.start || date > range.end) continue;
    const bucket = bucketOf(date, range.interval);
    const sum = buckets.get(bucket) ?? { yes: 0, no: 0 };
    buckets.set(bucket, { yes: sum.yes + yes, no: sum.no + no });
  }
  return [...buckets].map(([bucket, { yes, no }], index) => ({
    ...placeOf(bucket, index, range),
    value: yes + no ? yes / (yes + no) : null,
    of: yes + no,
    before: null,
    beforeName: null,
  }));
}

/** What the chart of a figure draws. */
export function pointsOf(
  figure: Figure,
  metrics: MetricsAnswer | null,
  breakdowns: BreakdownsAnswer | null,
  range: Range,
): Point[] {
  if (figure.key === "helpful") return breakdowns ? sharePoints(breakdowns.helpful_days, range) : [];
  return metrics ? countPoints(figure.key, metrics, range) : [];
}

export type Change = { now: number; before: number };
/** Both sides of a comparison; today is left out of both. Null where there is nothing to compare. */
export function changeOf(
  figure: Figure,
  metrics: MetricsAnswer | null,
  breakdowns: BreakdownsAnswer | null,
): Change | null {
  if (!metrics?.previous || (metrics.start_date === metrics.today && metrics.end_date === metrics.today)) return null;
  if (figure.key !== "helpful")
    return { now: totalOf(figure.key, metrics.previous.current), before: totalOf(figure.key, metrics.previous.totals) };
  if (!breakdowns) return null;
  const { helpful_current: current, helpful_previous: previous } = breakdowns;
  const [answered, answeredBefore] = [current.yes + current.no, previous.yes + previous.no];
  return answered && answeredBefore ? { now: current.yes / answered, before: previous.yes / answeredBefore } : null;
}

/** The days whose figures a change is told against: the range before, without the day that stands against today. */
export function counterpartOf({ previous, end_date, today }: MetricsAnswer): Days | null {
  if (!previous) return null;
  const end = end_date >= today ? addDays(previous.end_date, -1) : previous.end_date;
  return end < previous.start_date ? null : { start: previous.start_date, end };
}

/** Nothing at all happened in the range. */
export const isEmpty = ({ totals }: MetricsAnswer): boolean =>
  totals.active_users +
    totals.total_sessions +
    totals.total_messages +
    totals.total_conversations +
    totals.total_queries +
    totals.total_documents_drafted +
    totals.total_shared_interactions ===
  0;
