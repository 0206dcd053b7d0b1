import { bigint, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { bytea, instant } from "../../postgres/columns.ts";

// Encrypted copies of what is held on a person, until they are fetched.

export const personExports = pgTable(
  "exports",
  {
    org_id: integer().notNull(),
    id: uuid().notNull(),
    user_id: uuid().notNull(),
    status: text().notNull().default("queued"),
    requested_by: text().notNull(),
    requested_at: instant().notNull(),
    ready_at: instant(),
    claimed_at: instant(),
    fetched_at: instant(),
    expires_at: instant().notNull(),
    bytes: bigint({ mode: "number" }),
    wrapped: bytea(),
    error: text(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);

export const exportChunks = pgTable(
  "export_chunks",
  {
    org_id: integer().notNull(),
    export_id: uuid().notNull(),
    seq: integer().notNull(),
    sealed: bytea().notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.export_id, table.seq] })],
);
