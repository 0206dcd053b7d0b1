import { sql } from "drizzle-orm";
import { bigint, integer, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { instant } from "../postgres/columns.ts";

// Runs of jobs.

export const jobRuns = pgTable(
  "job_runs",
  {
    org_id: integer().notNull(),
    id: bigint({ mode: "number" })
      .notNull()
      .default(sql`nextval('job_run_ids'::regclass)`),
    task: text().notNull(),
    job_key: text(),
    payload: jsonb()
      .notNull()
      .default(sql`'{}'::jsonb`),
    status: text().notNull().default("running"),
    started_at: instant()
      .notNull()
      .default(sql`clock_timestamp()`),
    finished_at: instant(),
    attempt: integer().notNull().default(1),
    rows: bigint({ mode: "number" }),
    progress: jsonb(),
    error: text(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);
