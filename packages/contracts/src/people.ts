import { z } from "zod";
import { AskedDay, bucketOf, checkRange, Day, daysOf, Instant, Interval, rangeFields } from "./dates.ts";
import { filterFields, NotApplied } from "./filter.ts";
import { nameList } from "./paging.ts";
import { query } from "./procedure.ts";
import { text } from "./text.ts";
import { RetentionMatch, RetentionMode } from "./retention.ts";
import { peopleOrder } from "./users.ts";
import { lifecycleStages, limits } from "./vocabulary.ts";

const cellFields = ["cohort", "cohort_period", "cell"] as const;
/** How periods are cut and counted where people come back by period. */
const ofCohorts = ["cohort_period", "mode", "match", "until"] as const;
const ofWho = ["feature", "used", "unused", "after", "interval", "periods", "stage"] as const;
const rangeOnly = ["start_date", "end_date", ...ofWho] as const;

/** Whom a figure of a range counts, and what of `ofWho` it takes beside the range. */
const whos = {
  /** All who were active in it. */
  active: [],
  /** Known since a day of it. */
  new: [],
  /** Used `feature` in it. */
  used: ["feature"],
  /** Used `feature` in it, and never before. */
  adopted: ["feature"],
  /** Used all features of `used` in it, and none of `unused`; `*` stands for any that neither names. */
  together: ["used", "unused"],
  /** Asked a twin of someone else in it. */
  asked: [],
  /** Had an activity with a twin in it, or wrote to one. */
  using: [],
  /** Were active in exactly so many `periods` of the interval, counting only days of the range. */
  often: ["interval", "periods"],
  /** Are at this stage of their lifecycle in the period of the interval that the range lies in, as a whole. */
  lifecycle: ["interval", "stage"],
  /** Are in a cohort of it; with `after`: of which the period that many periods later is over. */
  first: ["after"],
  /** Of them, who was active then. Whoever is in several cohorts, as in mode recurring, is one of them once. */
  back: ["after"],
} as const satisfies Record<string, readonly (typeof ofWho)[number][]>;
export type Who = keyof typeof whos;
const optional: Partial<Record<Who, readonly string[]>> = { together: ["unused"], first: ["after"] };
const missing = {
  feature: "which feature did they use?",
  used: "which features did they use?",
  after: "after how many periods?",
  interval: "by day, week or month?",
  periods: "in how many periods were they active?",
  stage: "at which stage of their lifecycle?",
};
const isByCohorts = (who: Who): boolean => who === "first" || who === "back";

/** Whom a number counts: the people behind a figure of a range, or behind a cell of the retention table. */
export const PeopleInput = z
  .object({
    ...rangeFields,
    who: z.enum(Object.keys(whos) as [Who, ...Who[]]).default("active"),
    feature: text(100).optional(),
    used: nameList.optional(),
    unused: nameList.optional(),
    after: z.coerce.number({ error: "must be a whole number from 1 to 400" }).int().min(1).max(400).optional(),
    interval: Interval.optional(),
    periods: z.coerce
      .number({ error: `must be a whole number from 1 to ${limits.buckets}` })
      .int()
      .min(1)
      .max(limits.buckets)
      .optional(),
    stage: z.enum(lifecycleStages).optional(),
    ...filterFields,
    /** A cell of the retention table instead of a range: these three together. `cohort` is its period's first day. */
    cohort: Day.optional(),
    /** Or, with who=first or back: the period of the cohorts, to which the range is widened; without it days. */
    cohort_period: Interval.optional(),
    cell: z.coerce
      .number({ error: `must be a whole number from 0 to ${limits.buckets}` })
      .int()
      .min(0)
      .max(limits.buckets)
      .optional(),
    mode: RetentionMode.optional(),
    match: RetentionMatch.optional(),
    until: AskedDay.optional(),
    ...peopleOrder("created_at"),
    limit: z.coerce.number({ error: "must be a whole number from 1 to 200" }).int().min(1).max(200).default(50),
    /** From `next_cursor` of an earlier answer in the same order. */
    cursor: z.string().max(200).optional(),
  })
  .check(({ value, issues }) => {
    const refuse = (path: string, message: string) =>
      issues.push({ code: "custom", path: [path], message, input: value });
    const { who } = value;
    const absent = cellFields.find((field) => value[field] === undefined);
    if (absent === undefined) {
      for (const field of rangeOnly)
        if (value[field] !== undefined) refuse(field, "a cell of the retention table has no range and no feature");
      if (Day.safeParse(value.cohort).success && bucketOf(value.cohort!, value.cohort_period!) !== value.cohort)
        refuse("cohort", `must be the first day of a ${value.cohort_period}`);
      return;
    }
    if (value.cohort !== undefined || value.cell !== undefined)
      refuse(absent, "give cohort, cohort_period and cell together, or none of them");
    else checkRange({ value: { start_date: value.start_date, end_date: value.end_date }, issues });
    for (const field of ofWho) {
      const takes = (whos[who] as readonly string[]).includes(field);
      const given = value[field] !== undefined && (!Array.isArray(value[field]) || value[field].length > 0);
      if (given && !takes) refuse(field, `people who=${who} are not asked for by ${field}`);
      if (!given && takes && !optional[who]?.includes(field)) refuse(field, missing[field as keyof typeof missing]);
    }
    const { start_date, end_date, interval } = value;
    const days = daysOf({ start_date, end_date });
    if (
      who === "lifecycle" &&
      interval &&
      days &&
      bucketOf(days.start_date, interval) !== bucketOf(days.end_date, interval)
    )
      refuse("end_date", `must lie in the same ${interval} as start_date (${start_date})`);
    for (const field of isByCohorts(who) ? [] : ofCohorts)
      if (value[field] !== undefined) refuse(field, `people who=${who} are in no cohort`);
  });
export type PeopleInput = z.output<typeof PeopleInput>;

export const PeopleAnswer = z.object({
  /** Without `sort` known last, first. */
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
  /** How many of them were deleted or erased since: still counted, no longer listed. */
  deleted: z.int().nonnegative(),
  next_cursor: z.string().nullable(),
  not_applied: NotApplied,
});
export type PeopleAnswer = z.output<typeof PeopleAnswer>;

export const people = {
  behind: query({ access: "activities.read", input: PeopleInput, output: PeopleAnswer }),
};
