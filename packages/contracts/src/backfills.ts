import { z } from "zod";
import { AskedDay, Day, Instant } from "./dates.ts";
import { mutation, query, subscription } from "./procedure.ts";
import { backfillKinds } from "./vocabulary.ts";

const count = z.int().nonnegative();

/** What to compute anew, from which local day to which, both included. */
export const BackfillRange = z
  .object({ what: z.enum(backfillKinds), from: AskedDay, to: AskedDay })
  .check(({ value, issues }) => {
    if (value.from > value.to) {
      issues.push({ code: "custom", path: ["from"], message: `must not be after to (${value.to})`, input: value });
    }
  });
export type BackfillRange = z.output<typeof BackfillRange>;

/** Days that a backfill won't touch, and why. */
export const RefusedDays = z.object({ from: Day, to: Day, reason: z.string() });
export type RefusedDays = z.output<typeof RefusedDays>;

const asked = { what: z.enum(backfillKinds), from: Day, to: Day };

/** What a backfill would do, and what it would refuse; changes nothing. */
export const BackfillPlan = z.object({
  ...asked,
  days: count,
  /** (person, day) pairs with stored facts. */
  person_days: count,
  /** Sessions, activities with their details, messages and features whose time lies in these days. */
  raw_rows: count,
  chunks: count,
  /** By the pace of this organisation's last backfills; before there was one, by a typical pace. */
  estimated_seconds: z.number().nonnegative(),
  /** A backfill is only begun where nothing is refused. */
  refused: z.array(RefusedDays),
});
export type BackfillPlan = z.output<typeof BackfillPlan>;

export const Backfill = z.object({
  id: z.int(),
  ...asked,
  status: z.enum(["queued", "running", "done", "cancelled", "failed"]),
  started_by: z.string(),
  created_at: Instant,
  finished_at: Instant.nullable(),
  days_total: count,
  days_done: count,
  /** Days that were sealed after it had begun, and so left as they are. */
  days_skipped: count,
  /** Days a second, pauses not counted; null before the first chunk is done. */
  rate: z.number().nullable(),
  /** Seconds that the rest will take at that pace, by its raw rows; null where it isn't known. */
  eta_seconds: z.number().nullable(),
  /** Lines of the diff. */
  changed: count,
  error: z.string().nullable(),
});
export type Backfill = z.output<typeof Backfill>;

const Value = z.union([z.number(), z.string(), z.boolean(), z.record(z.string(), z.number()), z.null()]);

/** One line of a diff. Of `daily_metrics` the value itself; of tables with several rows a day their sums. */
export const BackfillChange = z.object({
  day: Day,
  table: z.string(),
  column: z.string(),
  /** In how many rows the column changed. */
  rows: count,
  /** null: there was no such row. */
  before: Value,
  after: Value,
});
export type BackfillChange = z.output<typeof BackfillChange>;

export const BackfillId = z.object({ id: z.int().positive() });
export type BackfillId = z.output<typeof BackfillId>;

export const DiffInput = BackfillId.extend({ limit: z.int().min(1).max(10_000).default(1_000) });
export type DiffInput = z.output<typeof DiffInput>;
export const DiffAnswer = z.object({ changes: z.array(BackfillChange), total: count });
export type DiffAnswer = z.output<typeof DiffAnswer>;

export const backfills = {
  plan: query({ access: "jobs.write", input: BackfillRange, output: BackfillPlan }),
  /** The same range once more joins the backfill that is at work on it; one that overlaps is refused. */
  start: mutation({ access: "jobs.write", input: BackfillRange, output: Backfill }),
  list: query({ access: "jobs.read", input: z.object({}), output: z.object({ backfills: z.array(Backfill) }) }),
  get: query({ access: "jobs.read", input: BackfillId, output: Backfill }),
  /** Ends it after the chunk that is at work; what is done stays done. */
  cancel: mutation({ access: "jobs.write", input: BackfillId, output: Backfill }),
  /** Goes on from the first chunk that isn't done. */
  resume: mutation({ access: "jobs.write", input: BackfillId, output: Backfill }),
  diff: query({ access: "jobs.read", input: DiffInput, output: DiffAnswer }),
  /** How it stands, at once and after each chunk, until it has ended. */
  progress: subscription({
    access: "jobs.read",
    input: BackfillId.extend({ lastEventId: z.string().nullish() }),
    output: Backfill,
  }),
};
