import { sql } from "drizzle-orm";
import { boolean, inet, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "../../postgres/columns.ts";

// Sessions, named by a sender or derived.

export const sessions = pgTable(
  "sessions",
  {
    org_id: integer().notNull(),
    id: uuid().notNull(),
    user_id: uuid().notNull(),
    twin_id: uuid(),
    platform: text().notNull(),
    device_type: text(),
    started_at: instant().notNull(),
    ended_at: instant(),
    duration_seconds: integer().generatedAlwaysAs(sql`floor(EXTRACT(epoch FROM (ended_at - started_at)))`),
    interaction_count: integer().notNull().default(0),
    ip_address: inet(),
    user_agent: text(),
    is_derived: boolean().notNull().default(false),
    revised_at: instant(),
    /** Of a derived session: the first moment of its row, where that was cut before it; null: its own start is that. */
    row_began_at: instant(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);
