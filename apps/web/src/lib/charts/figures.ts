import type { BreakdownsAnswer, MetricRow, MetricsAnswer, MetricTotals } from "@twin/contracts/metrics";
import { addDays, bucketsOf, type Interval } from "@twin/contracts/calendar";
import type { Compared, Side } from "@twin/wording/change";
import { daySpan, dayText, plainDay, shortDay, shortMonthYear } from "@twin/wording/format";
import { anyType, activitiesLink, type Params, peopleLink, type Query } from "#lib/links.ts";
import { exactParams, type Range } from "#lib/range.ts";

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
const shared = { ...anyType, feature: "shared_interaction", was_helpful: "yes,no" };
export const figures = [
  { key: "users", label: "Active users", unit: "count", good: true, behind: {} },
  {
    key: "conversations",
    label: "Conversations",
    unit: "count",
    good: false,
    behind: { ...anyType, type: "conversation" },
  },
  {
    key: "messages",
    label: "Messages",
    unit: "count",
    good: false,
    behind: { ...anyType, by: "messages" },
  },
  {
    key: "documents",
    label: "Documents",
    unit: "count",
    good: false,
    behind: { ...anyType, feature: "document_drafted" },
  },
  { key: "helpful", label: "Helpful", unit: "share", good: true, behind: shared },
] as const satisfies readonly Figure[];
export type CountKey = Exclude<Figure["key"], "helpful">;

/** The figure of a key of the address; the first one for an unknown key. */
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
/** A figure's total over the range. */
export const totalOf = (key: CountKey, totals: MetricTotals): number => ofTotals[key](totals);

/** A bucket: its day, Monday or 1st, and its first and last local day, cut at the range. */
export type ChartBucket = {
  date: string;
  start: string;
  end: string;
  /** The range doesn't cut it, and it is over. */
  complete: boolean;
  /** Holds today, which isn't over. */
  unfinished: boolean;
};

/** One place on the time axis. */
export type Point = ChartBucket & {
  index: number;
  /** "Tue 17 Nov 2026", "Week of 16 Nov 2026", "Nov 2026" */
  name: string;
  /** Null where there is nothing to take a share of. */
  value: number | null;
  /** The share's base. */
  of?: number;
  /** What its counterpart counts, the same days one range earlier, and which days these are. */
  before: number | null;
  beforeName: string | null;
  beforeDays?: Days;
  /** Its finished days beside their counterpart; null without a comparison. */
  compared: Compared | null;
};

/** "Tue 17 Nov 2026", "Week of 16 Nov 2026", "Nov 2026" */
export const nameOf = (start: string, interval: Interval): string =>
  interval === "day" ? dayText(start) : interval === "week" ? `Week of ${plainDay(start)}` : shortMonthYear(start);

/** What a bucket lacks to be whole: "only 4 – 8 Nov", "so far", "so far, from 4 Nov"; nothing for one that is. */
export function markOf({ date, start, end, complete, unfinished }: ChartBucket): string {
  if (complete) return "";
  if (unfinished) return start === date ? "so far" : `so far, from ${shortDay(start)}`;
  return `only ${start === end ? shortDay(start) : daySpan(start, end, date.slice(0, 4))}`;
}

/** The pieces of a line that end in a bucket that isn't whole: they are drawn dashed. */
export const looseOf = (points: Point[]): [Point, Point][] =>
  points.slice(1).flatMap((point, at) => {
    const before = points[at]!;
    const known = before.value !== null && point.value !== null;
    return known && !(before.complete && point.complete) ? [[before, point] as [Point, Point]] : [];
  });

type Bucketed = { start_date: string; end_date: string; complete: boolean };
/** A bucket as a chart draws it; it is unfinished while `today` lies in it. */
export const chartBucketOf = (
  date: string,
  { start_date, end_date, complete }: Bucketed,
  today: string,
): ChartBucket => ({
  date,
  start: start_date,
  end: end_date,
  complete,
  unfinished: start_date <= today && end_date >= today,
});
const axisPlace = (date: string, bucket: Bucketed, index: number, { interval, today }: Range) => ({
  ...chartBucketOf(date, bucket, today),
  index,
  name: nameOf(date, interval),
});

const countPoints = (key: CountKey, { days, previous }: MetricsAnswer, range: Range): Point[] =>
  days.map((row, index) => {
    const place = axisPlace(row.metric_date, row, index, range);
    const value = ofRow[key](row);
    const earlier = previous?.days[index];
    if (!previous || !earlier) return { ...place, value, before: null, beforeName: null, compared: null };
    const ended = place.unfinished ? previous.until_yesterday : row;
    const before = ofRow[key](earlier);
    const beforeDays = { start: earlier.start_date, end: earlier.end_date };
    return {
      ...place,
      value,
      before,
      beforeName: range.interval === "day" ? dayText(beforeDays.start) : daySpan(beforeDays.start, beforeDays.end),
      beforeDays,
      compared: {
        unit: "count",
        holdsToday: place.unfinished,
        now: ended && { value: ofRow[key](ended) },
        before: { value: before },
      },
    };
  });

function sharePoints(days: BreakdownsAnswer["helpful_days"], range: Range): Point[] {
  return bucketsOf(range.start, range.end, range.interval, range.today).map((bucket, index) => {
    const within = days.filter(({ date }) => date >= bucket.start_date && date <= bucket.end_date);
    const yes = within.reduce((sum, day) => sum + day.yes, 0);
    const of = within.reduce((sum, day) => sum + day.no, yes);
    return {
      ...axisPlace(bucket.date, bucket, index, range),
      value: of ? yes / of : null,
      of,
      before: null,
      beforeName: null,
      compared: null,
    };
  });
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

const shareOf = ({ yes, no }: { yes: number; no: number }): Side => ({
  value: yes + no ? yes / (yes + no) : null,
  of: yes + no,
});

/** The helpful share of the finished days; of today only where the range has no other day. */
export const helpfulOf = ({ helpful, helpful_current }: BreakdownsAnswer, range: Range): Side =>
  shareOf(range.start === range.today ? helpful : helpful_current);

/** A figure's finished days beside those of the range before; null without a comparison. */
export function comparedOf(
  figure: Figure,
  metrics: MetricsAnswer | null,
  breakdowns: BreakdownsAnswer | null,
): Compared | null {
  if (!metrics?.previous) return null;
  const { previous, start_date, end_date, today } = metrics;
  const [holdsToday, onlyToday] = [end_date >= today, start_date >= today];
  if (figure.key !== "helpful") {
    const now = onlyToday ? null : { value: totalOf(figure.key, previous.current) };
    return { unit: "count", holdsToday, now, before: { value: totalOf(figure.key, previous.totals) } };
  }
  if (!breakdowns) return null;
  return {
    unit: "share",
    holdsToday,
    now: onlyToday ? null : shareOf(breakdowns.helpful_current),
    before: shareOf(breakdowns.helpful_previous),
  };
}

/** The days of the range that are over; null where there is none. */
export function finishedOf({ start, end, today }: Pick<Range, "start" | "end" | "today">): Days | null {
  const last = end >= today ? addDays(today, -1) : end;
  return last < start ? null : { start, end: last };
}

/** The days whose figures a change is told against: the range before, without the day that stands against today. */
export function counterpartOf({ previous, end_date, today }: MetricsAnswer): Days | null {
  if (!previous) return null;
  const end = end_date >= today ? addDays(previous.end_date, -1) : previous.end_date;
  return end < previous.start_date ? null : { start: previous.start_date, end };
}

/** Nothing at all happened in the range: whoever is new or has a twin installed did nothing by that. */
export function isEmpty({ totals }: MetricsAnswer): boolean {
  const { new_users: _new, total_twin_installations: _installed, platform_breakdown: _names, ...counts } = totals;
  return Object.values(counts).every((count) => count === 0);
}
