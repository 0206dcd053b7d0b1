import { z } from "zod";
import { Day, Instant } from "./dates.ts";
import { query } from "./procedure.ts";

/** The figures of a day that can be asked about: the columns of `daily_metrics`. */
export const receiptFigures = [
  "total_active_users",
  "new_users",
  "total_sessions",
  "total_conversations",
  "total_messages",
  "total_documents_drafted",
  "total_queries",
  "total_shared_interactions",
  "avg_session_duration_seconds",
  "total_twin_installations",
  "platform_breakdown",
] as const;

export const ReceiptInput = z.object({ day: Day, figure: z.enum(receiptFigures) });
export type ReceiptFigure = (typeof receiptFigures)[number];
export type ReceiptInput = z.output<typeof ReceiptInput>;

/** Why a number is what it is. */
export const Receipt = z.object({
  day: Day,
  figure: z.enum(receiptFigures),
  /** As stored; where nothing is stored about the day, as it is read. */
  value: z.union([z.number(), z.record(z.string(), z.number())]),
  /** The sentence of its definition. */
  definition: z.string(),
  /** Tables that it comes from, with how many raw rows of it each has now; null where they were purged. */
  sources: z.array(z.object({ table: z.string(), rows: z.int().nullable() })),
  /** The day in the organisation's zone, as instants: `from` belongs to it, `to` is the first that doesn't. */
  from: Instant,
  to: Instant,
  timezone: z.string(),
  computed_at: Instant.nullable(),
  /** The job run that wrote it. */
  job: z.object({ id: z.int(), task: z.string(), started_at: Instant }).nullable(),
  /** `live`: today, in progress. `open`: corrected by whatever comes late. `sealed`: final. */
  state: z.enum(["live", "open", "sealed"]),
  /** When the last record of the day came in, which is what changed it last. */
  last_record_at: Instant.nullable(),
  /** What is recomputed from raw rows right now; equals `value` unless a rollup is about to run. null for sealed days. */
  recomputed: z.union([z.number(), z.record(z.string(), z.number())]).nullable(),
});
export type Receipt = z.output<typeof Receipt>;

export const receipts = {
  read: query({ access: "metrics.read", input: ReceiptInput, output: Receipt }),
};
