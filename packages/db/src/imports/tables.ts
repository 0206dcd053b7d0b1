import { sql } from "drizzle-orm";
import { integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "../postgres/columns.ts";

// Imports, and the lines that say which rows each brought.

export const importRuns = pgTable(
  "import_runs",
  {
    org_id: integer().notNull(),
    id: integer()
      .notNull()
      .default(sql`nextval('import_run_ids'::regclass)`),
    command: text().notNull(),
    source: text().notNull(),
    status: text().notNull().default("running"),
    started_at: instant()
      .notNull()
      .default(sql`now()`),
    ended_at: instant(),
    outcome: jsonb(),
    made: jsonb().notNull().default({}),
    undone: jsonb().notNull().default({}),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);

export const importedRows = pgTable(
  "imported_rows",
  {
    org_id: integer().notNull(),
    run_id: integer().notNull(),
    id: uuid().notNull(),
    conversation_id: uuid(),
    kind: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id, table.run_id] })],
);
