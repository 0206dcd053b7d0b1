import { sql } from "drizzle-orm";
import { boolean, date, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { bytea, instant } from "../../postgres/columns.ts";

// People, their external ids, and the keys of their words.

export const users = pgTable(
  "users",
  {
    org_id: integer().notNull(),
    id: uuid().notNull(),
    n: integer().notNull(),
    email: text().notNull(),
    email_key: text().notNull(),
    full_name: text().notNull(),
    company: text(),
    department: text(),
    created_at: instant()
      .notNull()
      .default(sql`now()`),
    updated_at: instant()
      .notNull()
      .default(sql`now()`),
    last_active_at: instant(),
    is_active: boolean().notNull().default(true),
    timezone: text().notNull().default("UTC"),
    first_day: date({ mode: "string" }),
    deleted_at: instant(),
    field_revisions: jsonb()
      .notNull()
      .default(sql`'{}'::jsonb`),
    created_at_source: text().notNull().default("sent"),
    name_key: text()
      .notNull()
      .generatedAlwaysAs(sql`lower(full_name)`),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);

export const externalIds = pgTable(
  "external_ids",
  {
    org_id: integer().notNull(),
    kind: text().notNull(),
    source: text().notNull(),
    key_hash: bytea().notNull(),
    id: uuid().notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.kind, table.source, table.key_hash] })],
);

export const tombstones = pgTable(
  "tombstones",
  {
    org_id: integer().notNull(),
    key_hash: bytea().notNull(),
    erased_at: instant()
      .notNull()
      .default(sql`now()`),
    erasure_id: uuid(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.key_hash] })],
);

export const userKeys = pgTable(
  "user_keys",
  {
    org_id: integer().notNull(),
    user_id: uuid().notNull(),
    version: integer().notNull().default(1),
    wrapped: bytea().notNull(),
    created_at: instant()
      .notNull()
      .default(sql`now()`),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.user_id, table.version] })],
);

export const orgKeys = pgTable(
  "org_keys",
  {
    org_id: integer().notNull(),
    purpose: text().notNull(),
    wrapped: bytea().notNull(),
    created_at: instant()
      .notNull()
      .default(sql`now()`),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.purpose] })],
);
