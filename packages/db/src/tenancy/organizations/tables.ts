import { sql } from "drizzle-orm";
import { boolean, date, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { instant } from "../../postgres/columns.ts";

// Organisations, and the counters that their writers share.

export const organizations = pgTable("organizations", {
  id: integer().primaryKey(),
  name: text().notNull(),
  time_zone: text().notNull().default("UTC"),
  sealed_from: instant(),
  sealed_before: instant(),
  history_from: instant()
    .notNull()
    .default(sql`'2000-01-01 00:00:00+00'::timestamp with time zone`),
  truncate_ip: boolean().notNull().default(true),
  search_enabled: boolean().notNull().default(true),
  figures_at: instant(),
  created_at: instant()
    .notNull()
    .default(sql`now()`),
  reach_days: integer().notNull().default(1),
  purged_before: instant(),
  turn_at: instant().array(),
  turn_day: date().array(),
  turn_zone: text().array(),
  closed_at: instant(),
});

export const orgCounters = pgTable("org_counters", {
  org_id: integer().primaryKey(),
  last_user_n: integer().notNull().default(0),
});

export const monthsAsked = pgTable(
  "months_asked",
  { org_id: integer().notNull(), month: date().notNull(), asked_on: date().notNull() },
  (table) => [primaryKey({ columns: [table.org_id, table.month] })],
);
