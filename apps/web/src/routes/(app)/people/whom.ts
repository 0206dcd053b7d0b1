import { addBuckets, addDays, bucketOf, type Interval, intervals, lastDayOf } from "@twin/contracts/calendar";
import type { RetentionMatch, RetentionMode } from "@twin/contracts/retention";
import { type LifecycleStage, lifecycleStages, limits } from "@twin/contracts/vocabulary";
import { commonFilter, type Filters } from "#lib/filters.ts";
import { dayText, plural, shortDay, shortMonthYear } from "@twin/wording/format";
import { combinationName } from "@twin/wording/combinations";
import { featureName } from "@twin/wording/names";
import type { Query } from "#lib/links.ts";
import { inSentence, type Range } from "#lib/range.ts";

type Manner = { mode: RetentionMode; match: RetentionMatch };
type Cell = Manner & { cohort: string; cohort_period: Interval; cell: number };
/** What of `people.behind` a figure of a range asks for. */
type Asked =
  | { who: "active" | "new" | "asked" | "using" }
  | { who: "often"; interval: Interval; periods: number }
  | { who: "lifecycle"; interval: Interval; stage: LifecycleStage }
  | { who: "used" | "adopted"; feature: string }
  | { who: "together"; used: string[]; unused: string[] }
  | ({ who: "first" | "back"; cohort_period: Interval; after?: number } & Manner);
/** Which figure the people belong to: a cell of the retention table, or a figure of a range. */
export type Whom = ({ kind: "cell" } & Cell) | ({ kind: "range" } & Asked);

const isDay = (text: string | null): text is string =>
  text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text;

/** What the address asks for; what it doesn't understand is everyone active. */
export function whomOf(params: Query): Whom {
  const cohort = params.get("cohort");
  const cohort_period = intervals.find((one) => one === params.get("cohort_period"));
  const cell = Number(params.get("cell") ?? Number.NaN);
  if (
    isDay(cohort) &&
    cohort_period &&
    bucketOf(cohort, cohort_period) === cohort &&
    Number.isInteger(cell) &&
    cell >= 0 &&
    cell <= limits.buckets
  )
    return {
      kind: "cell",
      cohort,
      cohort_period,
      cell,
      ...mannerOf(params),
    };
  return { kind: "range", ...askedOf(params) };
}

const mannerOf = (params: Query): Manner => ({
  mode: params.get("mode") === "recurring" ? "recurring" : "first",
  match: params.get("match") === "on_or_after" ? "on_or_after" : "on",
});

function askedOf(params: Query): Asked {
  const who = params.get("who");
  const feature = params.get("feature");
  const [used, unused] = ["used", "unused"].map((name) => (params.get(name) ?? "").split(",").filter(Boolean));
  const after = Number(params.get("after") ?? Number.NaN);
  const isAfter = Number.isInteger(after) && after >= 1 && after <= limits.buckets;
  if (who === "new" || who === "asked" || who === "using") return { who };
  const interval = intervals.find((one) => one === params.get("interval"));
  const periods = Number(params.get("periods") ?? Number.NaN);
  if (who === "often" && interval && Number.isInteger(periods) && periods >= 1 && periods <= limits.buckets)
    return { who, interval, periods };
  const stage = lifecycleStages.find((one) => one === params.get("stage"));
  if (who === "lifecycle" && interval && stage) return { who, interval, stage };
  if ((who === "used" || who === "adopted") && feature) return { who, feature };
  if (who === "together" && used!.length) return { who, used: used!, unused: unused! };
  const cohort_period = intervals.find((one) => one === params.get("cohort_period")) ?? "day";
  if (who === "first" || (who === "back" && isAfter))
    return { who, cohort_period, ...mannerOf(params), ...(isAfter && { after }) };
  return { who: "active" };
}

/** The same for the API. */
export function questionOf(whom: Whom, range: Range, filters: Filters) {
  const filter = commonFilter(filters);
  const { kind: _kind, ...asked } = whom;
  return whom.kind === "cell"
    ? { ...asked, ...filter }
    : { start_date: range.start, end_date: range.end, ...asked, ...filter };
}

/** First and last day of the cell's own days; or later means up to yesterday. */
export function daysOfCell({ cohort, cohort_period, cell, match }: Cell, today: string): [string, string] {
  const start = addBuckets(cohort, cohort_period, cell);
  const end = lastDayOf(start, cohort_period);
  const yesterday = addDays(today, -1);
  if (cell === 0) return [start, end > today ? today : end];
  return [start, match === "on" && end < yesterday ? end : yesterday < start ? start : yesterday];
}

const periodName = (cohort: string, period: Interval) =>
  period === "week"
    ? `the week of ${shortDay(cohort)}`
    : period === "day"
      ? dayText(cohort, false)
      : shortMonthYear(cohort);

const inCohort = (mode: RetentionMode) => (mode === "first" ? "first seen" : "active");
const backInWords = ({ cohort_period: period, match }: Pick<Cell, "cohort_period" | "match">, after: number) =>
  `back ${period === "day" ? "on" : "in"} ${period} ${after}${match === "on" ? "" : " or later"}`;

/** Whom the page lists, as its heading: "People active on Tue 17 Nov". */
export function headingOf(whom: Whom, range: Range): string {
  if (whom.kind === "cell") {
    const { cohort, cohort_period: period, cell, mode, match } = whom;
    const base = `People ${inCohort(mode)} ${period === "day" ? "on" : "in"} ${periodName(cohort, period)}`;
    return cell === 0 ? base : `${base}, ${backInWords({ cohort_period: period, match }, cell)}`;
  }
  return whoInWords(whom, rangeInWords(range));
}

function whoInWords(asked: Asked, told: string): string {
  switch (asked.who) {
    case "active":
      return `People active${told}`;
    case "new":
      return `New people${told}`;
    case "using":
      return `People who used a twin${told}`;
    case "often":
      return `People active ${asked.interval === "day" ? "on" : "in"} exactly ${plural(asked.periods, asked.interval)}${told}`;
    case "lifecycle":
      return `People ${stagesInWords[asked.stage]}${told}`;
    case "asked":
      return `People who asked someone else’s twin${told}`;
    case "used":
      return `People who used ${featureName(asked.feature)}${told}`;
    case "adopted":
      return `People who used ${featureName(asked.feature)} for the first time${told}`;
    case "together":
      return `People who used ${combinationName(asked.used, asked.unused)}${told}`;
    case "back":
      return `People ${inCohort(asked.mode)}${told}, ${backInWords(asked, asked.after!)}`;
    case "first":
      return `People ${inCohort(asked.mode)}${told}${asked.after ? `, whose ${asked.cohort_period} ${asked.after} is over` : ""}`;
  }
}

const stagesInWords: Record<LifecycleStage, string> = {
  new: "active for the first time",
  returning: "active again",
  resurrecting: "active again after a break",
  dormant: "no longer active",
};

/** What is said where a figure counts people several times. */
export function noteOf(whom: Whom): string | null {
  if (whom.kind === "range" && whom.who === "back" && whom.mode === "recurring")
    return `The average counts people once for each ${whom.cohort_period} in which they were active and came back later; here each stands once.`;
  return null;
}

/** " on Tue 17 Nov", " in the last 28 days", ", 2 – 15 Nov 2026" */
function rangeInWords(range: Range): string {
  if (range.start === range.end)
    return ` on ${dayText(range.start, range.start.slice(0, 4) !== range.today.slice(0, 4))}`;
  const named = range.token !== "custom" && range.offset === 0;
  return named && /^Last \d/.test(range.label) ? ` in the ${inSentence(range)}` : `, ${inSentence(range)}`;
}
