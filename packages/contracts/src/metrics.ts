import { z } from "zod";
import { AsOf, bucketFields, checkRange, Day, Instant, Interval, rangeFields } from "./dates.ts";
import { type DayFigure, dayFigureNames, dayFigures } from "./figures.ts";
import { filterFields, NotApplied } from "./filter.ts";
import { query } from "./procedure.ts";
import { type ActivityType, activityTypes } from "./vocabulary.ts";

const count = z.int().nonnegative();
/** By name; keys sorted, no zero entries. */
const names = z.record(z.string(), count);

type FieldOf<F extends DayFigure> = (typeof dayFigures)[F]["summed"] extends "names"
  ? typeof names
  : (typeof dayFigures)[F]["unknown_of"] extends null
    ? typeof count
    : z.ZodNullable<typeof count>;
/** The figures of the catalogue as fields; null where a filter asks for what one isn't known of. */
const figureFields = Object.fromEntries(
  dayFigureNames.map((name) => {
    const { summed, unknown_of } = dayFigures[name];
    return [name, summed === "names" ? names : unknown_of === null ? count : count.nullable()];
  }),
) as { [F in DayFigure]: FieldOf<F> };

/** One bucket of `daily_metrics`; the columns are those of docs/METRICS.md, "Daily metrics". `null`: the filter doesn't have that number. */
export const MetricRow = z.object({
  /** The day, Monday or the 1st of the bucket, which may lie before the range. */
  metric_date: Day,
  ...bucketFields,
  ...figureFields,
});
export type MetricRow = z.output<typeof MetricRow>;

/** Sums over a range, but: distinct users over all of it, the average over all ended sessions, installations at its end. */
export const MetricTotals = MetricRow.omit({
  metric_date: true,
  start_date: true,
  end_date: true,
  complete: true,
  total_active_users: true,
}).extend({ active_users: count });
export type MetricTotals = z.output<typeof MetricTotals>;

export const MetricsInput = z
  .object({
    ...rangeFields,
    interval: Interval.default("day"),
    ...filterFields,
    compare: z.enum(["previous"]).optional(),
  })
  .check(checkRange);
export type MetricsInput = z.output<typeof MetricsInput>;

export const MetricsAnswer = z.object({
  /** The organisation's IANA zone; every day is one of its days. */
  timezone: z.string(),
  sealed_from: Instant.nullable(),
  sealed_before: Instant.nullable(),
  as_of: AsOf,
  not_applied: NotApplied,
  start_date: Day,
  end_date: Day,
  /** The organisation's today: always in progress. */
  today: Day,
  days: z.array(MetricRow),
  totals: MetricTotals,
  /**
   * The range without today, which isn't over; zeros, and no installations (null), where it has no other day. What is a mean here (of the length of
   * sessions) is the one to show, as means leave today out; that of `totals` is over all ended sessions.
   */
  finished: MetricTotals,
  previous: z
    .object({
      start_date: Day,
      end_date: Day,
      /**
       * `days[i]` is the counterpart of the answer's `days[i]`: its days shifted by the length of the range, counted as one
       * bucket; `metric_date` is the first of them. `complete` where both are whole. A week or month that holds today has
       * its counterpart of the days up to yesterday, but for one that begins today: that has the whole day.
       */
      days: z.array(MetricRow),
      /** The week or month that holds today, up to yesterday: what its counterpart is compared with. Null without one. */
      until_yesterday: MetricRow.nullable(),
      /** Counterpart of `current`: the range before, without the day that stands against today. */
      totals: MetricTotals,
      /** `finished`, the asked range without today: deltas compare this with `totals`. */
      current: MetricTotals,
    })
    .optional(),
});
export type MetricsAnswer = z.output<typeof MetricsAnswer>;

export const ChartsInput = z
  .object({ ...rangeFields, interval: Interval.default("day"), ...filterFields })
  .check(checkRange);
export type ChartsInput = z.output<typeof ChartsInput>;
export const ChartsAnswer = z.object({
  as_of: AsOf,
  not_applied: NotApplied,
  buckets: z.array(
    z.object({
      /** The day, Monday or the 1st of the bucket. */
      date: Day,
      ...bucketFields,
      total: count,
      ...(Object.fromEntries(activityTypes.map((type) => [type, count])) as Record<ActivityType, typeof count>),
    }),
  ),
});
export type ChartsAnswer = z.output<typeof ChartsAnswer>;

/** What the Overview shows beside the daily metrics, all over one range and filter. */
export const BreakdownsInput = z.object({ ...rangeFields, ...filterFields }).check(checkRange);
export type BreakdownsInput = z.output<typeof BreakdownsInput>;
export const BreakdownsAnswer = z.object({
  not_applied: NotApplied,
  /** Activities by weekday (Monday first) and local hour: 7 × 24; null under a filter other than platform. */
  hours: z.array(z.array(count).length(24)).length(7).nullable(),
  /** Activities by twin, most first, at most 5. */
  twins: z.array(z.object({ id: z.uuid(), name: z.string(), activities: count })),
  /** Of the shared interactions answered with helpful or not: how many were helpful, and how many there were at all. */
  helpful: z.object({ yes: count, no: count, shared_interactions: count }),
  /** Counterpart of the range before, same rule as in `metrics.daily`; deltas compare `helpful_current` with it. */
  helpful_previous: z.object({ yes: count, no: count }),
  helpful_current: z.object({ yes: count, no: count }),
  /** Daily and monthly active users of the last ended day of the range; stickiness is dau / mau, null over 0. */
  engagement: z.object({ date: Day, dau: count, mau: count, stickiness: z.number().nullable() }).nullable(),
  /** Helpful answers a day, for the small line. */
  helpful_days: z.array(z.object({ date: Day, yes: count, no: count })),
});
export type BreakdownsAnswer = z.output<typeof BreakdownsAnswer>;

export const metrics = {
  daily: query({
    access: "metrics.read",
    input: MetricsInput,
    output: MetricsAnswer,
    summary: "Daily, weekly or monthly metrics of a range, with totals and the period before",
  }),
  breakdowns: query({ access: "metrics.read", input: BreakdownsInput, output: BreakdownsAnswer }),
};

export const charts = {
  activity: query({
    access: "metrics.read",
    input: ChartsInput,
    output: ChartsAnswer,
    summary: "Activities started, by type and bucket",
  }),
};
