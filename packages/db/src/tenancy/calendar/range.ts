import { addDays, bucketsOf, daysBetween, type Interval } from "@twin/contracts/calendar";
import type { MetricRow } from "@twin/contracts/metrics";
import { DomainError } from "../errors.ts";

/** Inclusive local days. */
export type DayRange = { start_date: string; end_date: string };

/** Days that are counted together, and the name of their row. */
export type Stretch = DayRange & Pick<MetricRow, "metric_date" | "complete">;

/** Days of the range where none is given. */
const usualDays = 28;

/**
 * The asked range, or the last 28 days with today.
 * @throws BAD_REQUEST naming the field, for days that have not begun in the organisation's zone
 */
export function rangeOf(
  asked: { start_date?: string | undefined; end_date?: string | undefined },
  today: string,
  zone: string,
): DayRange {
  const end_date = asked.end_date ?? today;
  const start_date = asked.start_date ?? addDays(end_date, 1 - usualDays);
  for (const [path, day] of [
    ["start_date", start_date],
    ["end_date", end_date],
  ] as const) {
    if (day > today)
      throw new DomainError("BAD_REQUEST", `${path} ${day} lies in the future: today is ${today} in ${zone}`, {
        path,
      });
  }
  return { start_date, end_date };
}

/** The range of the same length that ends the day before. */
export function previousOf({ start_date, end_date }: DayRange): DayRange {
  return { start_date: addDays(start_date, -daysBetween(start_date, end_date)), end_date: addDays(start_date, -1) };
}

/**
 * What is compared: the range without today, and the range before it without the day that matches today. Where the range is
 * today alone, both are empty (they end before they start).
 */
export function comparedOf(range: DayRange, today: string): { current: DayRange; counterpart: DayRange } {
  const previous = previousOf(range);
  const cut = range.end_date >= today ? -1 : 0;
  return {
    current: { ...range, end_date: addDays(range.end_date, cut) },
    counterpart: { ...previous, end_date: addDays(previous.end_date, cut) },
  };
}

/** The buckets of a range, one for each row of an answer. */
export const stretchesOf = ({ start_date, end_date }: DayRange, interval: Interval, today: string): Stretch[] =>
  bucketsOf(start_date, end_date, interval, today).map(({ date, ...bucket }) => ({ metric_date: date, ...bucket }));

/** A range as one; none if it ends before it starts. */
export const inOne = (range: DayRange): Stretch[] =>
  range.start_date > range.end_date ? [] : [{ metric_date: range.start_date, ...range, complete: true }];

/** The ranges without today: the last one ends yesterday, or is left out where it begins today. */
export function endedOf(stretches: readonly Stretch[], today: string): Stretch[] {
  const yesterday = addDays(today, -1);
  return stretches
    .filter(({ start_date }) => start_date < today)
    .map((stretch) => (stretch.end_date < today ? stretch : { ...stretch, end_date: yesterday }));
}

/** The same days `length` days earlier: what the ranges are compared with. All of those days have ended. */
export const shiftedBy = (stretches: readonly Stretch[], length: number, interval: Interval): Stretch[] =>
  stretches.map(({ start_date, end_date, complete }) => ({
    metric_date: addDays(start_date, -length),
    start_date: addDays(start_date, -length),
    end_date: addDays(end_date, -length),
    complete: complete || interval === "day",
  }));
