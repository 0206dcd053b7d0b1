import { limits } from "./vocabulary.ts";

// Calendar arithmetic on local days. The browser loads this file: no zod, no tRPC.

export const intervals = ["day", "week", "month"] as const;
export type Interval = (typeof intervals)[number];

const dayMs = 86_400_000;
const toMs = (day: string) => Date.parse(`${day}T00:00:00Z`);

/** The day `count` days after `day` (before, where negative). */
export const addDays = (day: string, count: number): string =>
  new Date(toMs(day) + count * dayMs).toISOString().slice(0, 10);

/** Days from `start` to `end`, both included. */
export const daysBetween = (start: string, end: string): number => Math.round((toMs(end) - toMs(start)) / dayMs) + 1;

/** The 1st of the month that a day, or an instant in UTC, lies in. */
export const monthOf = (day: string): string => `${day.slice(0, 7)}-01`;

/** The 1st of the month `count` months after that of `day` (before, where negative). */
export function addMonths(day: string, count: number): string {
  const first = new Date(toMs(monthOf(day)));
  first.setUTCMonth(first.getUTCMonth() + count);
  return first.toISOString().slice(0, 10);
}

/** The first day of the bucket that holds `day`: itself, its Monday (ISO) or the 1st of its month. */
export function bucketOf(day: string, interval: Interval): string {
  if (interval === "day") return day;
  if (interval === "month") return monthOf(day);
  return addDays(day, -((new Date(toMs(day)).getUTCDay() + 6) % 7));
}

/** The first day of the bucket `count` buckets after the one that begins at `bucket`. */
export const addBuckets = (bucket: string, interval: Interval, count: number): string =>
  interval === "month" ? addMonths(bucket, count) : addDays(bucket, interval === "week" ? 7 * count : count);

/** The first day of the bucket after the one that begins at `bucket`. */
export const nextBucket = (bucket: string, interval: Interval): string => addBuckets(bucket, interval, 1);

/** The last day of the bucket that begins at `bucket`. */
export const lastDayOf = (bucket: string, interval: Interval): string => addDays(nextBucket(bucket, interval), -1);

/** A bucket of a range: `date` is its day, Monday or 1st, `start_date` and `end_date` are its days, cut at the range. */
export type Bucket = { date: string; start_date: string; end_date: string; /** Whole and over. */ complete: boolean };

/**
 * The buckets of a range in order, cut at it. One that the range cuts, or that isn't over on `today`, isn't complete. A
 * range that ends before it starts has none.
 */
export function bucketsOf(start: string, end: string, interval: Interval, today: string): Bucket[] {
  const buckets: Bucket[] = [];
  if (start > end) return buckets;
  for (let date = bucketOf(start, interval); date <= end;) {
    const next = nextBucket(date, interval);
    const last = addDays(next, -1);
    const [start_date, end_date] = [date < start ? start : date, last > end ? end : last];
    buckets.push({ date, start_date, end_date, complete: date >= start && last <= end && last < today });
    date = next;
  }
  return buckets;
}

/** How many buckets a range touches. */
export function countBuckets(start: string, end: string, interval: Interval): number {
  if (interval === "day") return daysBetween(start, end);
  const [from, to] = [bucketOf(start, interval), bucketOf(end, interval)];
  if (interval === "week") return (daysBetween(from, to) - 1) / 7 + 1;
  return (
    (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 12 + Number(to.slice(5, 7)) - Number(from.slice(5, 7)) + 1
  );
}

/** The finest interval whose buckets fit one answer, or null where even months don't. */
export const intervalThatFits = (start: string, end: string): Interval | null =>
  intervals.find((interval) => countBuckets(start, end, interval) <= limits.buckets) ?? null;
