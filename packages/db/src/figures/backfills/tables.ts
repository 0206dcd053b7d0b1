import { sql } from "drizzle-orm";
import { bigint, date, doublePrecision, integer, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { instant } from "../../postgres/columns.ts";

// Backfills: what was asked for, the chunks, and what each changed.

export const backfills = pgTable(
  "backfills",
  {
    org_id: integer().notNull(),
    id: bigint({ mode: "number" })
      .notNull()
      .default(sql`nextval('backfill_ids'::regclass)`),
    what: text().notNull(),
    from_day: date({ mode: "string" }).notNull(),
    to_day: date({ mode: "string" }).notNull(),
    status: text().notNull().default("queued"),
    started_by: text().notNull(),
    created_at: instant().notNull(),
    moved_at: instant().notNull(),
    finished_at: instant(),
    error: text(),
    zone: text(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);

export const backfillChunks = pgTable(
  "backfill_chunks",
  {
    org_id: integer().notNull(),
    backfill_id: bigint({ mode: "number" }).notNull(),
    chunk: integer().notNull(),
    from_day: date({ mode: "string" }).notNull(),
    to_day: date({ mode: "string" }).notNull(),
    raw_rows: bigint({ mode: "number" }).notNull(),
    done_at: instant(),
    seconds: doublePrecision(),
    person_days: integer(),
    days_skipped: integer(),
    changes: integer(),
    job_run_id: bigint({ mode: "number" }),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.backfill_id, table.chunk] })],
);

export const backfillChanges = pgTable(
  "backfill_changes",
  {
    org_id: integer().notNull(),
    backfill_id: bigint({ mode: "number" }).notNull(),
    chunk: integer().notNull(),
    day: date({ mode: "string" }).notNull(),
    table_name: text().notNull(),
    column_name: text().notNull(),
    row_count: integer().notNull(),
    before: jsonb(),
    after: jsonb(),
  },
  (table) => [
    primaryKey({
      columns: [table.org_id, table.backfill_id, table.chunk, table.day, table.table_name, table.column_name],
    }),
  ],
);
