import { z } from "zod";
import { AskedDay, AsOf, checkRange, countBuckets, Day, daysOf, Interval, intervals, rangeFields } from "./dates.ts";
import { filterFields, NotApplied } from "./filter.ts";
import { query } from "./procedure.ts";
import { limits } from "./vocabulary.ts";

const count = z.int().nonnegative();
/** A fraction 0…1, unrounded; null over 0. */
const fraction = z.number().min(0).max(1).nullable();

/** A rate with what it was made of; `low` and `high` are its Wilson interval at 95 %. */
const Rate = z.object({ retained: count, eligible: count, rate: fraction, low: fraction, high: fraction });
export type Rate = z.output<typeof Rate>;

/** first: a user is in the cohort of their first session ever. recurring: in that of every period they were active in. */
export const RetentionMode = z.enum(["first", "recurring"]);
export type RetentionMode = z.output<typeof RetentionMode>;
/** on: active in exactly that period. on_or_after: in it or any later one up to `until`. */
export const RetentionMatch = z.enum(["on", "on_or_after"]);
export type RetentionMatch = z.output<typeof RetentionMatch>;

export const RetentionInput = z
  .object({
    /** Chooses which cohorts are shown, widened to whole cohort periods. Without dates: the last 28 days with today. */
    ...rangeFields,
    ...filterFields,
    period: Interval.default("week"),
    mode: RetentionMode.default("first"),
    match: RetentionMatch.default("on"),
    /** How many periods after the cohort's own to show; default: up to the one that holds `end_date`. */
    periods: z.coerce
      .number({ error: `must be a whole number from 1 to ${limits.buckets}` })
      .int()
      .min(1)
      .max(limits.buckets)
      .optional(),
    /** Last day that on_or_after looks at; default: yesterday, as today is still in progress. */
    until: AskedDay.optional(),
  })
  .check(({ value, issues }) => {
    const { period, until } = value;
    const before = issues.length;
    checkRange({ value: { start_date: value.start_date, end_date: value.end_date }, issues });
    const range = daysOf(value);
    if (issues.length > before || range === null) return;
    const { start_date, end_date } = range;
    const refuse = (path: string, message: string) =>
      issues.push({ code: "custom", path: [path], message, input: value });
    const cohorts = countBuckets(start_date, end_date, period);
    if (cohorts > limits.buckets) {
      const fits = intervals.find((one) => countBuckets(start_date, end_date, one) <= limits.buckets);
      const way = fits ? `ask with period=${fits}, or for a shorter range` : "ask for a shorter range";
      refuse("period", `${cohorts} ${period}s are more than ${limits.buckets} in one answer: ${way}`);
    }
    if (until !== undefined && until < start_date) refuse("until", `must not be before start_date (${start_date})`);
  });
export type RetentionInput = z.output<typeof RetentionInput>;

/** A rate of people who came back so many days after their first session ever, with the days of those that count in it. */
const DayRate = Rate.extend({
  rate_all: fraction,
  /** First and last day of first sessions in the cohorts of which that day is over; null where it is over of none. */
  days: z.object({ start_date: Day, end_date: Day }).nullable(),
});

export const RetentionAnswer = z.object({
  timezone: z.string(),
  as_of: AsOf,
  not_applied: NotApplied,
  cohorts: z.array(
    z.object({
      /** First day of the cohort's period. */
      cohort: Day,
      size: count,
      /**
       * Cell 0 is the size. Cells look up to yesterday; one whose period is not yet over (or, for on_or_after, reaches
       * beyond `until`) has `complete: false` and counts in no rate, one that has not begun is absent.
       */
      cells: z.array(z.object({ period: count, retained: count, complete: z.boolean() })),
    }),
  ),
  /** Over complete cells only, weighted by eligible users. */
  average: z.array(Rate.extend({ period: count })),
  /**
   * Active on exactly the 1st, 7th, 30th day after the first session ever, of people whose first session lies in the shown
   * cohorts and for whom that day is over: whole periods, so by week they are of other days than by month, and `days` says
   * which. `rate_all` counts the not-yet-possible as lost.
   */
  day_1: DayRate,
  day_7: DayRate,
  day_30: DayRate,
});
export type RetentionAnswer = z.output<typeof RetentionAnswer>;

export const retention = {
  read: query({
    access: "metrics.read",
    input: RetentionInput,
    output: RetentionAnswer,
    summary: "Retention cohorts by day, week or month, with averages and day-1, -7 and -30 rates",
  }),
};
