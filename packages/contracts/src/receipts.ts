import { z } from "zod";
import { AskedDay, checkRange, Day, Instant } from "./dates.ts";
import { dayFigureNames } from "./figures.ts";
import { filterFields, NotApplied } from "./filter.ts";
import { query } from "./procedure.ts";

/** The figures that can be asked about: the columns of `daily_metrics`, and how shared interactions were answered. */
export const receiptFigures = [...dayFigureNames, "helpful"] as const;

/** A figure of one day, or of several: then it is that of `metrics.daily`'s totals. */
export const ReceiptInput = z
  .object({ start_date: AskedDay, end_date: AskedDay, figure: z.enum(receiptFigures), ...filterFields })
  .check(checkRange);
export type ReceiptFigure = (typeof receiptFigures)[number];
export type ReceiptInput = z.output<typeof ReceiptInput>;

/** Why a number is what it is. */
export const Receipt = z.object({
  start_date: Day,
  end_date: Day,
  figure: z.enum(receiptFigures),
  /** As stored; where nothing is stored about a day, as it is read. `helpful` and `platform_breakdown` are by name. */
  value: z.union([z.number(), z.record(z.string(), z.number())]),
  /** The sentence of its definition. */
  definition: z.string(),
  /** Tables that it comes from, with how many raw rows of it each has now; null where they were purged. */
  sources: z.array(z.object({ table: z.string(), rows: z.int().nullable() })),
  /** The days in the organisation's zone, as instants: `from` belongs to them, `to` is the first that doesn't. */
  from: Instant,
  to: Instant,
  timezone: z.string(),
  not_applied: NotApplied,
  /** When one of the days was last computed. */
  computed_at: Instant.nullable(),
  /** The job run that did. */
  job: z.object({ id: z.int(), task: z.string(), started_at: Instant }).nullable(),
  /** How many of the days are `live`: today, in progress; `open`: corrected by whatever comes late; `sealed`: final. */
  days: z.object({ live: z.int(), open: z.int(), sealed: z.int() }),
  /** When the last record of these days came in, which is what changed them last. */
  last_record_at: Instant.nullable(),
  /** What is recomputed from raw rows right now; equals `value` unless a rollup is about to run. null for sealed and for several days. */
  recomputed: z.union([z.number(), z.record(z.string(), z.number())]).nullable(),
});
export type Receipt = z.output<typeof Receipt>;

export const receipts = {
  read: query({ access: "metrics.read", input: ReceiptInput, output: Receipt }),
};
