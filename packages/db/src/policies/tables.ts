import { sql } from "drizzle-orm";
import { bigint, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "../postgres/columns.ts";

// How long data is kept, what is held, and the reports of runs.

export const retentionPolicies = pgTable(
  "retention_policies",
  {
    org_id: integer().notNull(),
    data_type: text().notNull(),
    keep_count: integer().notNull(),
    keep_unit: text().notNull(),
    pending_count: integer(),
    pending_unit: text(),
    pending_from: instant(),
    changed_at: instant().notNull(),
    changed_by: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.data_type] })],
);

export const legalHolds = pgTable(
  "legal_holds",
  {
    org_id: integer().notNull(),
    id: uuid().notNull(),
    user_id: uuid(),
    reason: text().notNull(),
    placed_at: instant().notNull(),
    placed_by: text().notNull(),
    lifted_at: instant(),
    lifted_by: text(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);

export const lifecycleRuns = pgTable(
  "lifecycle_runs",
  {
    org_id: integer().notNull(),
    id: bigint({ mode: "number" })
      .notNull()
      .default(sql`nextval('lifecycle_run_ids'::regclass)`),
    data_type: text().notNull(),
    cut: instant(),
    status: text().notNull(),
    reason: text(),
    started_at: instant().notNull(),
    finished_at: instant(),
    row_counts: jsonb()
      .notNull()
      .default(sql`'{}'::jsonb`),
    bytes: bigint({ mode: "number" }).notNull().default(0),
    details: jsonb()
      .notNull()
      .default(sql`'{}'::jsonb`),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);
