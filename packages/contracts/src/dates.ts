import { z } from "zod";
import { limits } from "./vocabulary.ts";

/** A local calendar day, `YYYY-MM-DD`, from 1970 to 9999. */
export const Day = z.iso.date({ error: "must be a day as YYYY-MM-DD" });

/** An instant on the wire: ISO 8601 with offset. */
export const Instant = z.iso.datetime({ offset: true, error: "must be a time as ISO 8601 with offset, like 2026-11-22T10:42:00Z" });

export const intervals = ["day", "week", "month"] as const;
export const Interval = z.enum(intervals);
export type Interval = z.output<typeof Interval>;

const dayMs = 86_400_000;
const toMs = (day: string) => Date.parse(`${day}T00:00:00Z`);

/** The day `count` days after `day` (before, where negative). */
export const addDays = (day: string, count: number): string =>
  new Date(toMs(day) + count * dayMs).toISOString().slice(0, 10);

/** Days from `start` to `end`, both included. */
export const daysBetween = (start: string, end: string): number => Math.round((toMs(end) - toMs(start)) / dayMs) + 1;

/** The first day of the bucket that holds `day`: itself, its Monday (ISO) or the 1st of its month. */
export function bucketOf(day: string, interval: Interval): string {
  if (interval === "day") return day;
  if (interval === "month") return `${day.slice(0, 7)}-01`;
  return addDays(day, -((new Date(toMs(day)).getUTCDay() + 6) % 7));
}

/** The first day of the bucket after the one that begins at `bucket`. */
export function nextBucket(bucket: string, interval: Interval): string {
  if (interval === "day") return addDays(bucket, 1);
  if (interval === "week") return addDays(bucket, 7);
  const [year, month] = [Number(bucket.slice(0, 4)), Number(bucket.slice(5, 7))];
  return month === 12 ? `${year + 1}-01-01` : `${year}-${String(month + 1).padStart(2, "0")}-01`;
}

/** How many buckets a range touches. */
export function countBuckets(start: string, end: string, interval: Interval): number {
  if (interval === "day") return daysBetween(start, end);
  const [from, to] = [bucketOf(start, interval), bucketOf(end, interval)];
  if (interval === "week") return (daysBetween(from, to) - 1) / 7 + 1;
  return (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 12 + Number(to.slice(5, 7)) - Number(from.slice(5, 7)) + 1;
}

/** The finest interval whose buckets fit one answer, or null where even months don't. */
const intervalThatFits = (start: string, end: string): Interval | null =>
  intervals.find((interval) => countBuckets(start, end, interval) <= limits.buckets) ?? null;

export const rangeFields = {
  /** First local day, included. Without dates: the last 28 days with today. */
  start_date: Day.optional(),
  /** Last local day, included. */
  end_date: Day.optional(),
};

type Range = { start_date?: string | undefined; end_date?: string | undefined; interval?: Interval | undefined };

/** A range reads forwards, names both ends or none, and fits into one answer; wrong ones name the field and the way out. */
export function checkRange({ value, issues }: { value: Range; issues: z.core.$ZodRawIssue[] }): void {
  const { start_date, end_date, interval = "day" } = value;
  const refuse = (path: string, message: string) => issues.push({ code: "custom", path: [path], message, input: value });
  if (!start_date !== !end_date) {
    refuse(start_date ? "end_date" : "start_date", "give start_date and end_date together, or neither for the last 28 days");
  } else if (start_date && end_date && start_date > end_date) {
    refuse("start_date", `must not be after end_date (${end_date})`);
  } else if (start_date && end_date && countBuckets(start_date, end_date, interval) > limits.buckets) {
    const fits = intervalThatFits(start_date, end_date);
    refuse(
      "interval",
      `${countBuckets(start_date, end_date, interval)} ${interval}s are more than ${limits.buckets} in one answer: ` +
        (fits ? `ask with interval=${fits}, or for a shorter range` : "ask for a shorter range"),
    );
  }
}
