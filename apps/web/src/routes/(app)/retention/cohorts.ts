import { addBuckets, bucketOf, type Interval, lastDayOf, nextBucket } from "@twin/contracts/calendar";
import type { RetentionAnswer, RetentionMatch, RetentionMode } from "@twin/contracts/retention";
import { dayText, plainDay, shortDay, shortMonthYear } from "@twin/wording/format";
import type { Params } from "#lib/links.ts";
import { exactParams, type Range } from "#lib/range.ts";

/** Fewer people than this are too few to tell. */
export const fewPeople = 20;

/** More columns than this nobody reads; the sums behind them are whole. */
const mostColumns: Record<Interval, number> = { day: 30, week: 26, month: 24 };
/** More rows than this are too many for one page: the newest are shown. */
const mostRows = 62;

export type Cohort = RetentionAnswer["cohorts"][number];
export type Table = RetentionAnswer & {
  /** Cohorts of the range, shown or not. */
  of: number;
};

/** The answer cut to what a page can show. */
export function withColumns(answer: RetentionAnswer, period: Interval): Table {
  const columns = mostColumns[period] + 1;
  return {
    ...answer,
    of: answer.cohorts.length,
    cohorts: answer.cohorts.slice(-mostRows).map((cohort) => ({ ...cohort, cells: cohort.cells.slice(0, columns) })),
    average: answer.average.slice(0, columns),
  };
}

/** "31 Aug", "Tue 17 Nov", "Nov 2026"; with the year where it isn't that of `today`. */
export function cohortName(cohort: string, period: Interval, today: string): string {
  if (period === "month") return shortMonthYear(cohort);
  const known = cohort.slice(0, 4) === today.slice(0, 4);
  if (period === "day") return dayText(cohort, !known);
  return known ? shortDay(cohort) : plainDay(cohort);
}

/** "week of 31 Aug" */
export const cohortInWords = (cohort: string, period: Interval): string =>
  period === "week"
    ? `week of ${shortDay(cohort)}`
    : period === "day"
      ? dayText(cohort, false)
      : shortMonthYear(cohort);

/** Whether most cohorts that hold anybody are large enough to tell something. */
export function areTelling(cohorts: Pick<Cohort, "size">[]): boolean {
  const sizes = cohorts.map(({ size }) => size).filter((size) => size > 0);
  return sizes.filter((size) => size >= fewPeople).length * 2 > sizes.length;
}

/** First and last day of the cohorts that a range shows: widened to whole periods, up to today. */
export function cohortDays({ start, end, today }: Pick<Range, "start" | "end" | "today">, period: Interval): Params {
  const last = lastDayOf(bucketOf(end, period), period);
  return exactParams(bucketOf(start, period), last < today ? last : today);
}

/**
 * Whom an average counts: who came back, of the cohorts of the range that have such a cell.
 * @param column how many periods later
 */
export function averageParams(
  range: Pick<Range, "start" | "end" | "today">,
  period: Interval,
  column: number,
  mode: RetentionMode,
  match: RetentionMatch,
): Params {
  const starts: string[] = [];
  for (let at = bucketOf(range.start, period); at <= range.end; at = nextBucket(at, period)) starts.push(at);
  const days = cohortDays({ ...range, end: starts[Math.max(0, starts.length - 1 - column)]! }, period);
  return {
    ...days,
    who: "back",
    after: String(column),
    cohort_period: period === "day" ? null : period,
    ...manner(mode, match),
  };
}

/** The last day of a cell's period: until it is over, the cell isn't complete. */
export const lastDayOfCell = (cohort: string, period: Interval, cell: number): string =>
  lastDayOf(addBuckets(cohort, period, cell), period);

/** The address of the people behind a cell: cohort, period and how retention is counted. */
export const cellParams = (
  cohort: string,
  period: Interval,
  cell: number,
  mode: RetentionMode,
  match: RetentionMatch,
): Params => ({
  cohort,
  cohort_period: period,
  cell: String(cell),
  ...manner(mode, match),
});

const manner = (mode: RetentionMode, match: RetentionMatch): Params => ({
  mode: mode === "first" ? null : mode,
  match: match === "on" ? null : match,
});

/** Lowest and highest share of cells that tell something: the ends of the scale of heat. */
export function scaleOf(cohorts: Cohort[]): { low: number; high: number } | null {
  const shares = cohorts
    .filter(({ size }) => size >= fewPeople)
    .flatMap(({ size, cells }) =>
      cells.filter((cell) => cell.complete && cell.period > 0).map((cell) => cell.retained / size),
    );
  return shares.length ? { low: Math.min(...shares), high: Math.max(...shares) } : null;
}

/** One of six steps of heat, or none for nobody; all the same is the middle. */
export function rateHeat(share: number, { low, high }: { low: number; high: number }): number {
  if (share === 0) return 0;
  return high - low < 0.005 ? 3 : 1 + Math.min(5, Math.floor(((share - low) / (high - low)) * 6));
}

/** One line a cell, as a file; a cell that isn't complete has no rate. */
export function cohortRows(table: Table): string[][] {
  const head = ["cohort", "users", "period", "retained", "rate", "complete"];
  const rows = table.cohorts.flatMap(({ cohort, size, cells }) =>
    cells
      .filter(({ period }) => period > 0)
      .map(({ period, retained, complete }) => [
        cohort,
        String(size),
        String(period),
        String(retained),
        complete && size ? String(retained / size) : "",
        String(complete),
      ]),
  );
  return [head, ...rows];
}

/** A cell of the table; row -1 holds the averages, column 0 the sizes. */
export type CellAt = { row: number; column: number };

/** What is told of a cell where somebody points at it; null where there is nothing to tell. */
export function cellInWords({ cohorts, average }: Table, { row, column }: CellAt, period: Interval) {
  if (column === 0) return null;
  const mean = average[column];
  const name = `Average of ${period} ${column}`;
  const counted = mean && mean.rate !== null ? { ...mean, rate: mean.rate } : null;
  if (row === -1) return counted && { title: name, retained: counted.retained, of: counted.eligible, average: null };
  const cohort = cohorts[row];
  const cell = cohort?.cells[column];
  if (!cohort || !cell) return null;
  return {
    title: `${cohortInWords(cohort.cohort, period)}, ${period} ${column}`,
    retained: cell.retained,
    of: cohort.size,
    average: counted && { name, rate: counted.rate },
  };
}
