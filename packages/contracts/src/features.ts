import { z } from "zod";
import { AsOf, bucketFields, checkRange, Day, Instant, Interval, rangeFields } from "./dates.ts";
import { filterFields, NotApplied } from "./filter.ts";
import { totalFields } from "./lists.ts";
import { checkPage, pageFields } from "./paging.ts";
import { query } from "./procedure.ts";

export const FeaturesInput = z.object({ ...rangeFields, ...filterFields }).check(checkRange);
export type FeaturesInput = z.output<typeof FeaturesInput>;

export const FeaturesAnswer = z.object({
  as_of: AsOf,
  not_applied: NotApplied,
  features: z.array(
    z.object({
      feature_name: z.string(),
      total_usage: z.int().nonnegative(),
      /** Fraction of all uses in the range; null if there were none. */
      share: z.number().nullable(),
      /** All who used it in the range. */
      users: z.int().nonnegative(),
      /** Users of it who were active in the range / active users of the range; null if there were none. */
      adoption: z.number().nullable(),
      /** Uses by day of the range, in order; null where the range has more days than one answer holds. */
      days: z.array(z.int().nonnegative()).nullable(),
    }),
  ),
});
export type FeaturesAnswer = z.output<typeof FeaturesAnswer>;

export const FirstUseInput = z
  .object({ ...rangeFields, interval: Interval.default("day"), ...filterFields })
  .check(checkRange);
export type FirstUseInput = z.output<typeof FirstUseInput>;

const count = z.int().nonnegative();

/** How a feature spreads: who used it for the first time ever, over all history, also before the range. */
export const FirstUseAnswer = z.object({
  timezone: z.string(),
  not_applied: NotApplied,
  /** The organisation's today: in progress. */
  today: Day,
  /** Buckets of the range; `date` is the day, Monday or 1st, `known` who was ever active by the bucket's last day. */
  buckets: z.array(z.object({ date: Day, ...bucketFields, known: count })),
  features: z.array(
    z.object({
      feature_name: z.string(),
      /** By bucket: people whose first use lies in it, and all who have used it by its end. */
      first_uses: z.array(count),
      users: z.array(count),
      /** By bucket: who has used it by its end and was ever active by then / ever active; null over none. */
      adoption: z.array(z.number().min(0).max(1).nullable()),
    }),
  ),
});
export type FirstUseAnswer = z.output<typeof FirstUseAnswer>;

export const TogetherAnswer = z.object({
  not_applied: NotApplied,
  /** All who used anything in the range: each is in exactly one combination. */
  users: count,
  /** The features that are told apart, most used first; `*` stands for all others, where there are more. */
  features: z.array(z.string()),
  /** Which of them people used, and no other of them; most people first. */
  combinations: z.array(z.object({ features: z.array(z.string()), users: count })),
});
export type TogetherAnswer = z.output<typeof TogetherAnswer>;

export const FeatureEventsInput = z
  .object({
    ...rangeFields,
    feature_name: z.string().regex(/^[a-z0-9_-]{1,100}$/, { error: "must be 1 to 100 of a-z, 0-9, _ and -" }),
    ...filterFields,
    ...pageFields,
  })
  .check(checkRange, checkPage);
export type FeatureEventsInput = z.output<typeof FeatureEventsInput>;

export const FeatureEvent = z.object({
  id: z.uuid(),
  used_at: Instant,
  /** How many uses it stands for. */
  count: z.int().positive(),
  /** Null for somebody deleted. */
  user_id: z.uuid().nullable(),
  user_name: z.string(),
  /** Masked (`s•••@acme.example`) unless the caller may read people; null for somebody deleted. */
  user_email: z.string().nullable(),
});
export type FeatureEvent = z.output<typeof FeatureEvent>;

export const FeatureEventsPage = z.object({
  /** What senders recorded of the feature, newest first. */
  items: z.array(FeatureEvent),
  next_cursor: z.string().nullable(),
  prev_cursor: z.string().nullable(),
  /** Of uses: an event may stand for several. */
  ...totalFields,
  /** Events that are listed, on all pages, up to 10,000. */
  events: count,
  timezone: z.string(),
  not_applied: NotApplied,
});
export type FeatureEventsPage = z.output<typeof FeatureEventsPage>;

export const features = {
  usage: query({
    access: "metrics.read",
    input: FeaturesInput,
    output: FeaturesAnswer,
    summary: "Uses, share, users and adoption of each feature",
  }),
  firstUse: query({ access: "metrics.read", input: FirstUseInput, output: FirstUseAnswer }),
  events: query({ access: "activities.read", input: FeatureEventsInput, output: FeatureEventsPage }),
  together: query({ access: "metrics.read", input: FeaturesInput, output: TogetherAnswer }),
};
