import { sql } from "drizzle-orm";
import { bigint, inet, integer, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { bytea, instant } from "../columns.ts";

// What was done, by whom, sealed in a chain.

export const auditLog = pgTable(
  "audit_log",
  {
    org_id: integer().notNull(),
    id: bigint({ mode: "number" })
      .notNull()
      .default(sql`nextval('audit_log_ids'::regclass)`),
    at: instant()
      .notNull()
      .default(sql`clock_timestamp()`),
    actor_kind: text().notNull(),
    actor_id: text().notNull(),
    actor_name: text().notNull(),
    action: text().notNull(),
    object_type: text(),
    object_id: text(),
    reason: text(),
    request_id: text(),
    ip: inet(),
    details: jsonb()
      .notNull()
      .default(sql`'{}'::jsonb`),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);

export const auditSeals = pgTable(
  "audit_seals",
  {
    org_id: integer().notNull(),
    upto_id: bigint({ mode: "number" }).notNull(),
    at: instant()
      .notNull()
      .default(sql`clock_timestamp()`),
    row_count: bigint({ mode: "number" }).notNull(),
    previous_hash: bytea(),
    hash: bytea().notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.upto_id] })],
);
