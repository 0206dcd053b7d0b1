import { z } from "zod";
import { AsOf, checkRange, Day, Interval, rangeFields } from "./dates.ts";
import { filterFields, NotApplied } from "./filter.ts";
import { query } from "./procedure.ts";

const count = z.int().nonnegative();
/** A fraction 0…1, unrounded; null over 0. */
const fraction = z.number().min(0).max(1).nullable();

export const EngagementInput = z
  .object({ ...rangeFields, interval: Interval.default("day"), ...filterFields })
  .check(checkRange);
export type EngagementInput = z.output<typeof EngagementInput>;

export const EngagementAnswer = z.object({
  timezone: z.string(),
  as_of: AsOf,
  not_applied: NotApplied,
  /** Distinct active users in the 1, 7 and 30 days that end with each day of the range; stickiness is dau / mau. */
  days: z.array(z.object({ date: Day, dau: count, wau: count, mau: count, stickiness: fraction })),
  /** How many users were active in exactly so many periods of the interval, within the range; without empty entries. */
  active_days: z.array(z.object({ days: z.int().positive(), users: count })),
  /**
   * Users of each whole period that the range touches, by what they did before: new (first active ever), returning (also
   * active in the period before), resurrecting (not in that one, but earlier), dormant (active in that one, not in this;
   * negative). Periods aren't cut at the range; one that isn't over today isn't `complete`.
   */
  lifecycle: z.array(
    z.object({
      date: Day,
      complete: z.boolean(),
      new: count,
      returning: count,
      resurrecting: count,
      dormant: z.int().nonpositive(),
    }),
  ),
});
export type EngagementAnswer = z.output<typeof EngagementAnswer>;

export const engagement = {
  read: query({
    access: "metrics.read",
    input: EngagementInput,
    output: EngagementAnswer,
    summary: "Daily, weekly and monthly active users, stickiness and lifecycle",
  }),
};
