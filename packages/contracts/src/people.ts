import { z } from "zod";
import { bucketOf, checkRange, Day, Instant, Interval, rangeFields } from "./dates.ts";
import { MetricFilter } from "./metrics.ts";
import { query } from "./procedure.ts";
import { RetentionMatch, RetentionMode } from "./retention.ts";
import { limits } from "./vocabulary.ts";

const cellFields = ["cohort", "cohort_period", "cell"] as const;
const rangeOnly = ["start_date", "end_date", "feature", "platform", "twin", "department", "company", "user"] as const;

/** Whom a number counts: the people behind a figure of a range, or behind a cell of the retention table. */
export const PeopleInput = z
  .object({
    ...rangeFields,
    /** Of the range: all who were active, were new, or used a feature in it. */
    who: z.enum(["active", "new", "used"]).default("active"),
    feature: z.string().max(100).optional(),
    ...MetricFilter.shape,
    /** A cell of the retention table instead of a range: these three together. `cohort` is its period's first day. */
    cohort: Day.optional(),
    cohort_period: Interval.optional(),
    cell: z.coerce
      .number({ error: `must be a whole number from 0 to ${limits.buckets}` })
      .int()
      .min(0)
      .max(limits.buckets)
      .optional(),
    mode: RetentionMode.default("first"),
    match: RetentionMatch.default("on"),
    until: Day.optional(),
    limit: z.coerce.number({ error: "must be a whole number from 1 to 200" }).int().min(1).max(200).default(50),
    /** From `next_cursor` of an earlier answer. */
    cursor: z.string().max(200).optional(),
  })
  .check(({ value, issues }) => {
    const refuse = (path: string, message: string) =>
      issues.push({ code: "custom", path: [path], message, input: value });
    const missing = cellFields.find((field) => value[field] === undefined);
    if (missing !== undefined) {
      if (cellFields.some((field) => value[field] !== undefined))
        refuse(missing, "give cohort, cohort_period and cell together, or none of them");
      else checkRange({ value: { start_date: value.start_date, end_date: value.end_date }, issues });
      if (value.who === "used" && value.feature === undefined) refuse("feature", "which feature did they use?");
      // Of these there is no figure: a platform AND a feature would count people who did each apart.
      for (const field of value.who === "active" ? [] : (["platform", "twin"] as const))
        if (value[field] !== undefined) refuse(field, `people who=${value.who} are not told apart by ${field}`);
      return;
    }
    for (const field of rangeOnly)
      if (value[field] !== undefined) refuse(field, "a cell of the retention table has no range, feature or filter");
    if (value.cohort !== undefined && bucketOf(value.cohort, value.cohort_period!) !== value.cohort)
      refuse("cohort", `must be the first day of a ${value.cohort_period}`);
  });
export type PeopleInput = z.output<typeof PeopleInput>;

export const PeopleAnswer = z.object({
  /** Known last, first. */
  people: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      /** Masked unless the caller may read people. */
      email: z.string(),
      department: z.string().nullable(),
      created_at: Instant,
      last_active_at: Instant.nullable(),
    }),
  ),
  /** All of them: equals the number that the list was opened from. */
  total: z.int().nonnegative(),
  /** How many of them were deleted since: still counted, no longer listed. */
  deleted: z.int().nonnegative(),
  next_cursor: z.string().nullable(),
});
export type PeopleAnswer = z.output<typeof PeopleAnswer>;

export const people = {
  behind: query({ access: "activities.read", input: PeopleInput, output: PeopleAnswer }),
};
