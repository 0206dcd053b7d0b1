import { sql } from "drizzle-orm";
import { bigint, inet, integer, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { bytea, instant } from "../../postgres/columns.ts";

// The audit log, sealed by a chain of hashes.

export const auditLog = pgTable(
  "audit_log",
  {
    org_id: integer()
      .notNull()
      .default(sql`app_org()`),
    id: bigint({ mode: "number" })
      .notNull()
      .default(sql`nextval('audit_log_ids'::regclass)`),
    at: instant()
      .notNull()
      .default(sql`clock_timestamp()`),
    actor_kind: text()
      .notNull()
      .default(sql`app_actor('kind')`),
    actor_id: text()
      .notNull()
      .default(sql`app_actor('id')`),
    actor_name: text()
      .notNull()
      .default(sql`app_actor('name')`),
    action: text().notNull(),
    object_type: text(),
    object_id: text(),
    reason: text(),
    request_id: text().default(sql`app_actor('request_id')`),
    ip: inet().default(sql`app_actor('ip')::inet`),
    details: jsonb()
      .notNull()
      .default(sql`'{}'::jsonb`),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);

export const auditChecks = pgTable(
  "audit_checks",
  {
    org_id: integer().notNull(),
    at: instant().notNull(),
    rows: bigint({ mode: "number" }).notNull(),
    seals: bigint({ mode: "number" }).notNull(),
    problem: text(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.at] })],
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
