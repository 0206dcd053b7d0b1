import { bigint, date, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "../postgres/columns.ts";

// Files of purged rows, and restored months.

export const archiveParts = pgTable(
  "archive_parts",
  {
    org_id: integer().notNull(),
    month: date({ mode: "string" }).notNull(),
    seq: integer().notNull(),
    cut: instant().notNull(),
    status: text().notNull(),
    run_id: uuid().notNull(),
    location: text().notNull(),
    manifest: jsonb(),
    manifest_sha256: text(),
    activity_count: bigint({ mode: "number" }).notNull().default(0),
    row_count: bigint({ mode: "number" }).notNull().default(0),
    bytes: bigint({ mode: "number" }).notNull().default(0),
    purged_upto: uuid(),
    left_out_count: bigint({ mode: "number" }).notNull().default(0),
    damage: text(),
    created_at: instant().notNull(),
    checked_at: instant(),
    purged_at: instant(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.month, table.seq] })],
);

export const archiveLeftOut = pgTable(
  "archive_left_out",
  {
    org_id: integer().notNull(),
    month: date({ mode: "string" }).notNull(),
    seq: integer().notNull(),
    id: uuid().notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.month, table.seq, table.id] })],
);

export const restorations = pgTable(
  "restorations",
  {
    org_id: integer().notNull(),
    month: date({ mode: "string" }).notNull(),
    status: text().notNull(),
    asked_by: text().notNull(),
    asked_at: instant().notNull(),
    restored_at: instant(),
    expires_at: instant(),
    activity_count: bigint({ mode: "number" }).notNull().default(0),
    row_count: bigint({ mode: "number" }).notNull().default(0),
    error: text(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.month] })],
);
