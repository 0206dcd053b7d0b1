import { addDays, daysBetween } from "@twin/contracts/calendar";
import { DomainError } from "../errors.ts";
import type { DayRange } from "./buckets.ts";

/** Days of a range that names none. */
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
      throw new DomainError("BAD_REQUEST", `${path} ${day} lies in the future: today is ${today} in ${zone}.`, {
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
 * What is compared: the range without today, and the range before it without the day that stands against today. Where
 * today is all there is, both are empty (they end before they start).
 */
export function comparedOf(range: DayRange, today: string): { current: DayRange; counterpart: DayRange } {
  const previous = previousOf(range);
  const cut = range.end_date >= today ? -1 : 0;
  return {
    current: { ...range, end_date: addDays(range.end_date, cut) },
    counterpart: { ...previous, end_date: addDays(previous.end_date, cut) },
  };
}
