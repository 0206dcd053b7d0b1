import { sql } from "drizzle-orm";
import { boolean, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "../../postgres/columns.ts";

// Twins, and where they were installed: one row for each time.

export const twins = pgTable(
  "twins",
  {
    org_id: integer().notNull(),
    id: uuid().notNull(),
    user_id: uuid(),
    name: text().notNull(),
    description: text(),
    is_shared: boolean().notNull().default(false),
    created_at: instant()
      .notNull()
      .default(sql`now()`),
    updated_at: instant()
      .notNull()
      .default(sql`now()`),
    last_trained_at: instant(),
    document_count: integer().notNull().default(0),
    email_count: integer().notNull().default(0),
    revised_at: instant(),
    owner_revised_at: instant(),
    owner_by_hand: boolean().notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);

/** Twins whose shared use doesn't follow their owner yet. */
export const ownerCorrections = pgTable(
  "owner_corrections",
  {
    org_id: integer().notNull(),
    twin_id: uuid().notNull(),
    upto: uuid(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.twin_id] })],
);

export const twinInstallations = pgTable(
  "twin_installations",
  {
    org_id: integer().notNull(),
    id: uuid().notNull(),
    twin_id: uuid().notNull(),
    platform: text().notNull(),
    workspace_id: text(),
    workspace_name: text(),
    /** Null: nobody sent it, and the twin did nothing on the platform yet. */
    installed_at: instant(),
    uninstalled_at: instant(),
    is_active: boolean()
      .notNull()
      .generatedAlwaysAs(sql`uninstalled_at IS NULL`),
    revised_at: instant(),
    installed_at_known: boolean().notNull().default(true),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);
