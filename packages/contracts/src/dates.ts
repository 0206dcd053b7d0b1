import { z } from "zod";
import { countBuckets, intervals, intervalThatFits } from "./calendar.ts";
import { limits } from "./vocabulary.ts";

export { addDays, bucketOf, countBuckets, intervals } from "./calendar.ts";

/** A local calendar day, `YYYY-MM-DD`. */
export const Day = z.iso.date({ error: "must be a day as YYYY-MM-DD", abort: true });

/** The days of a bucket, cut at the range; `complete` is false where the range cuts it or it isn't over. */
export const bucketFields = { start_date: Day, end_date: Day, complete: z.boolean() };

/** A day that one may ask for: what stands around it, as in the period before, must be days, too. */
export const AskedDay = Day.refine((day) => day >= "1970-01-01" && day < "9999-01-01", {
  error: "must be a day from 1970 to 9998",
});

/** An instant on the wire: ISO 8601 with offset. */
const mustBeInstant = "must be a time as ISO 8601 with offset, like 2026-11-22T10:42:00Z";
export const Instant = z.iso.datetime({ offset: true, error: mustBeInstant });

/**
 * The same as people send it: an offset may lack its colon, as Python writes it, and a leap second is its next second. Both
 * are an instant that everybody agrees on; nothing else is guessed.
 */
export const SentInstant = z
  .string({ error: mustBeInstant })
  .overwrite((text) => (text.length > longestInstant ? text : withoutLeapSecond(withColon(text))))
  .check(z.iso.datetime({ offset: true, error: mustBeInstant }));

/** No time is longer; whatever is isn't looked through for what it might mean. */
const longestInstant = 64;

const withColon = (text: string): string => text.replace(/(T.*[+-]\d\d)(\d\d)$/, "$1:$2");

function withoutLeapSecond(text: string): string {
  const [, before, after] = /^(.*T\d\d:\d\d):60(.*)$/.exec(text) ?? [];
  if (before === undefined) return text;
  const last = Date.parse(`${before}:59${after}`);
  // There is none but at the end of a day of UTC.
  return Number.isNaN(last) || new Date(last).toISOString().slice(11, 19) !== "23:59:59"
    ? text
    : new Date(last + 1_000).toISOString();
}

/** When the figures of an answer were last brought up to date; null before the first time. */
export const AsOf = Instant.nullable();

export const Interval = z.enum(intervals);
export type Interval = z.output<typeof Interval>;

export const rangeFields = {
  /** First local day, included. Without dates: the last 28 days with today. */
  start_date: AskedDay.optional(),
  /** Last local day, included. */
  end_date: AskedDay.optional(),
};

type Range = { start_date?: string | undefined; end_date?: string | undefined; interval?: Interval | undefined };
type Days = { start_date: string; end_date: string };

/** The days of a range, where both are given and can be counted from; a field that can't be is refused by itself. */
export const daysOf = ({ start_date, end_date }: Range): Days | null =>
  AskedDay.safeParse(start_date).success && AskedDay.safeParse(end_date).success
    ? ({ start_date, end_date } as Days)
    : null;

/**
 * A range reads forwards, names both ends or none, and, where the answer has a bucket per interval, fits into one answer;
 * wrong ones name the field and the way out.
 */
export function checkRange({ value, issues }: { value: Range; issues: z.core.$ZodRawIssue[] }): void {
  const refuse = (path: string, message: string) =>
    issues.push({ code: "custom", path: [path], message, input: value });
  if (!value.start_date !== !value.end_date) {
    refuse(
      value.start_date ? "end_date" : "start_date",
      "give start_date and end_date together, or neither for the last 28 days",
    );
  }
  const days = daysOf(value);
  if (days === null) return;
  const { interval } = value;
  const { start_date, end_date } = days;
  if (start_date > end_date) {
    refuse("start_date", `must not be after end_date (${end_date})`);
  } else if (interval && countBuckets(start_date, end_date, interval) > limits.buckets) {
    const fits = intervalThatFits(start_date, end_date);
    refuse(
      "interval",
      `${countBuckets(start_date, end_date, interval)} ${interval}s are more than ${limits.buckets} in one answer: ` +
        (fits ? `ask with interval=${fits}, or for a shorter range` : "ask for a shorter range"),
    );
  }
}

/** The same for answers that always have a value per day. */
export function checkRangeOfDays({ value, issues }: { value: Range; issues: z.core.$ZodRawIssue[] }): void {
  const before = issues.length;
  checkRange({ value: { start_date: value.start_date, end_date: value.end_date }, issues });
  const range = daysOf(value);
  if (issues.length > before || range === null) return;
  const days = countBuckets(range.start_date, range.end_date, "day");
  if (days > limits.buckets) {
    issues.push({
      code: "custom",
      path: ["start_date"],
      message: `${days} days are more than ${limits.buckets} in one answer: ask for a shorter range`,
      input: value,
    });
  }
}
