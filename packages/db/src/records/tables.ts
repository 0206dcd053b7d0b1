import { sql } from "drizzle-orm";
import { boolean, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { bytea, instant, tsvector } from "../postgres/columns.ts";

// What happened, with the detail of each activity on its id.

export const activities = pgTable(
  "activities",
  {
    org_id: integer().notNull(),
    id: uuid().notNull(),
    user_id: uuid().notNull(),
    twin_id: uuid().notNull(),
    session_id: uuid(),
    session_named: boolean().notNull().default(false),
    activity_type: text().notNull(),
    action_description: text(),
    started_at: instant().notNull(),
    ended_at: instant(),
    duration_seconds: integer().generatedAlwaysAs(sql`floor(EXTRACT(epoch FROM (ended_at - started_at)))`),
    platform: text().notNull(),
    device_type: text(),
    metadata: jsonb(),
    revised_at: instant(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);

export const conversations = pgTable(
  "conversations",
  {
    org_id: integer().notNull(),
    activity_id: uuid().notNull(),
    title: text(),
    topic: text(),
    message_count: integer().notNull().default(0),
    total_tokens: integer().notNull().default(0),
    created_at: instant()
      .notNull()
      .default(sql`now()`),
    updated_at: instant()
      .notNull()
      .default(sql`now()`),
    summary: bytea(),
    summarised_at: instant(),
    summarised_until: instant(),
    summary_keep: text(),
    summary_model: text(),
    summary_author_ids: uuid().array(),
    inherited_from: instant(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.activity_id] })],
);

export const documents = pgTable(
  "documents",
  {
    org_id: integer().notNull(),
    activity_id: uuid().notNull(),
    user_id: uuid().notNull(),
    title: text().notNull().default(""),
    document_type: text(),
    content: bytea(),
    word_count: integer(),
    character_count: integer(),
    created_at: instant().notNull(),
    updated_at: instant()
      .notNull()
      .default(sql`now()`),
    is_exported: boolean()
      .notNull()
      .generatedAlwaysAs(sql`exported_at IS NOT NULL`),
    exported_at: instant(),
    metadata: jsonb(),
    search: tsvector(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.activity_id] })],
);

export const queries = pgTable(
  "queries",
  {
    org_id: integer().notNull(),
    activity_id: uuid().notNull(),
    user_id: uuid().notNull(),
    query_text: bytea(),
    query_type: text(),
    results_count: integer().notNull().default(0),
    retrieved_info: bytea(),
    sources: jsonb(),
    created_at: instant().notNull(),
    search: tsvector(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.activity_id] })],
);

export const sharedTwinInteractions = pgTable(
  "shared_twin_interactions",
  {
    org_id: integer().notNull(),
    activity_id: uuid().notNull(),
    accessing_user_id: uuid().notNull(),
    twin_owner_id: uuid(),
    twin_id: uuid().notNull(),
    interaction_purpose: text(),
    interaction_summary: bytea(),
    was_helpful: boolean(),
    created_at: instant().notNull(),
    is_sent: boolean().notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.activity_id] })],
);

export const messages = pgTable(
  "messages",
  {
    org_id: integer().notNull(),
    conversation_id: uuid().notNull(),
    id: uuid().notNull(),
    user_id: uuid(),
    sender_type: text().notNull(),
    content: bytea(),
    token_count: integer(),
    seq: integer(),
    created_at: instant().notNull(),
    edited_at: instant(),
    is_edited: boolean()
      .notNull()
      .generatedAlwaysAs(sql`edited_at IS NOT NULL`),
    metadata: jsonb(),
    revised_at: instant(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.conversation_id, table.id] })],
);

export const featureEvents = pgTable(
  "feature_events",
  {
    org_id: integer().notNull(),
    id: uuid().notNull(),
    user_id: uuid().notNull(),
    feature_name: text().notNull(),
    used_at: instant().notNull(),
    count: integer().notNull().default(1),
    revised_at: instant(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);
