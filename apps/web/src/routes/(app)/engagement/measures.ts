import { addDays, type Interval, lastDayOf } from "@twin/contracts/calendar";
import type { EngagementAnswer } from "@twin/contracts/engagement";
import { type LifecycleStage, lifecycleStages } from "@twin/contracts/vocabulary";
import type { Compared, Side } from "@twin/wording/change";
import { dayText } from "@twin/wording/format";
import type { Figure, Point } from "#lib/charts/figures.ts";
import { peopleLink, type Query } from "#lib/links.ts";
import { exactParams } from "#lib/range.ts";

export type ActiveDay = EngagementAnswer["days"][number];
type Key = "dau" | "wau" | "mau" | "stickiness";
/** A tab of the page: who was active in so many days that end with each day. */
export type Measure = { key: Key; label: string; title: string; days: number };
export const measures: readonly Measure[] = [
  { key: "dau", label: "Daily active", title: "Active users per day", days: 1 },
  { key: "wau", label: "Weekly active", title: "Active users in 7 days", days: 7 },
  { key: "mau", label: "Monthly active", title: "Active users in 30 days", days: 30 },
  { key: "stickiness", label: "Stickiness", title: "Stickiness: of those active in 30 days, active that day", days: 1 },
];
/** The measure that the address names; the first one for an unknown name. */
export const measureOf = (key: string | null): Measure => measures.find((one) => one.key === key) ?? measures[0]!;

/** How a measure is drawn. */
export const figureOfMeasure = ({ key, label }: Measure): Figure => ({
  key: "users",
  label,
  unit: key === "stickiness" ? "share" : "count",
  good: true,
  behind: {},
});

/** The people who were active in so many days that end with `date`. */
export const activeLink = (from: Query, date: string, days: number): string =>
  peopleLink(from, exactParams(addDays(date, 1 - days), date));

/** A day's side of a comparison. */
const sideOf = (key: Key, day: ActiveDay): Side =>
  key === "stickiness" ? { value: day.stickiness, of: day.mau } : { value: day[key] };

/** The last day that is over, and its counterpart one range before; today alone isn't over. */
export function lastOver(days: readonly ActiveDay[], before: readonly ActiveDay[] | null, today: string) {
  const at = days.findLastIndex(({ date }) => date < today);
  return at < 0 ? null : { day: days[at]!, before: before?.[at] ?? null };
}

/** A measure of a day beside that of its counterpart; null without one. */
export const comparedDays = (key: Key, day: ActiveDay, before: ActiveDay | null): Compared | null =>
  before && {
    unit: key === "stickiness" ? "share" : "count",
    holdsToday: false,
    now: sideOf(key, day),
    before: sideOf(key, before),
  };

/** A measure by day, as points of a chart. */
export const activePoints = (
  { key }: Measure,
  days: readonly ActiveDay[],
  before: readonly ActiveDay[] | null,
  today: string,
): Point[] =>
  days.map((day, index) => {
    const { date } = day;
    const earlier = before?.[index] ?? null;
    const isOver = date < today;
    return {
      date,
      start: date,
      end: date,
      complete: isOver,
      unfinished: !isOver,
      index,
      name: dayText(date),
      value: day[key],
      before: earlier && earlier[key],
      beforeName: earlier && dayText(earlier.date),
      compared: isOver ? comparedDays(key, day, earlier) : null,
    };
  });

/** How stages are called. */
export const stageNames: Record<LifecycleStage, string> = {
  new: "New",
  returning: "Returning",
  resurrecting: "Resurrected",
  dormant: "Dormant",
};

/** The people at a stage in the whole period that begins on `date`. */
export function stageLink(from: Query, stage: LifecycleStage, interval: Interval, date: string, today: string): string {
  const last = lastDayOf(date, interval);
  return peopleLink(from, { ...exactParams(date, last > today ? today : last), who: "lifecycle", stage, interval });
}

/** The people who were active in exactly so many periods. */
export const oftenLink = (from: Query, interval: Interval, periods: number): string =>
  peopleLink(from, { who: "often", interval, periods: String(periods) });

const text = (value: number | null) => (value === null ? "" : String(value));

/** A line a day, as a file. */
export const activeRows = (days: readonly ActiveDay[]): string[][] => [
  ["date", "dau", "wau", "mau", "stickiness"],
  ...days.map(({ date, dau, wau, mau, stickiness }) => [date, text(dau), text(wau), text(mau), text(stickiness)]),
];

/** A line a period, as a file. */
export const lifecycleRows = (lifecycle: EngagementAnswer["lifecycle"]): string[][] => [
  ["date", "complete", ...lifecycleStages],
  ...lifecycle.map((one) => [one.date, String(one.complete), ...lifecycleStages.map((stage) => String(one[stage]))]),
];
