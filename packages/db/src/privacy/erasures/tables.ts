import { sql } from "drizzle-orm";
import { boolean, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "../../postgres/columns.ts";

// Erasures: who asked, how far each is, and what it deleted.

export const erasures = pgTable(
  "erasures",
  {
    org_id: integer().notNull(),
    id: uuid().notNull(),
    user_id: uuid().notNull(),
    reason: text().notNull(),
    immediately: boolean().notNull().default(false),
    status: text().notNull().default("asked"),
    asked_at: instant().notNull(),
    asked_by: text().notNull(),
    started_at: instant(),
    ended_at: instant(),
    counts: jsonb()
      .notNull()
      .default(sql`'{}'::jsonb`),
    number: integer(),
    lines: jsonb(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);
