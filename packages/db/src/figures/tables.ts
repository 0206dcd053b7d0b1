import type { DayFigure } from "@twin/contracts/figures";
import { sql } from "drizzle-orm";
import { bigint, boolean, date, integer, jsonb, pgSchema, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { instant, laneBits } from "../postgres/columns.ts";

const ops = pgSchema("ops");

// Figures, and the log of what has to be computed anew.

/** What facts count, and their sums: columns of `user_days` beside its key, and of `platform_days`. */
const counted = {
  sessions: integer().notNull().default(0),
  ended_sessions: integer().notNull().default(0),
  session_seconds: bigint({ mode: "number" }).notNull().default(0),
  conversations: integer().notNull().default(0),
  query_activities: integer().notNull().default(0),
  document_activities: integer().notNull().default(0),
  shared_activities: integer().notNull().default(0),
  timed_activities: integer().notNull().default(0),
  activity_seconds: bigint({ mode: "number" }).notNull().default(0),
  user_messages: integer().notNull().default(0),
  twin_messages: integer().notNull().default(0),
  tokens: bigint({ mode: "number" }).notNull().default(0),
  documents: integer().notNull().default(0),
  queries: integer().notNull().default(0),
  shared_interactions: integer().notNull().default(0),
  helpful_yes: integer().notNull().default(0),
  helpful_no: integer().notNull().default(0),
};
export type FactColumn = keyof typeof counted;
export const factColumns = Object.keys(counted) as FactColumn[];

export const userDays = pgTable(
  "user_days",
  {
    org_id: integer().notNull(),
    day: date({ mode: "string" }).notNull(),
    n: integer().notNull(),
    twin_id: uuid()
      .notNull()
      .default(sql`'00000000-0000-0000-0000-000000000000'::uuid`),
    platform: text().notNull(),
    ...counted,
  },
  (table) => [primaryKey({ columns: [table.org_id, table.day, table.n, table.twin_id, table.platform] })],
);

export const featureUsage = pgTable(
  "feature_usage",
  {
    org_id: integer().notNull(),
    usage_date: date({ mode: "string" }).notNull(),
    n: integer().notNull(),
    feature_name: text().notNull(),
    usage_count: integer().notNull().default(1),
    last_used_at: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.usage_date, table.n, table.feature_name] })],
);

export const platformDays = pgTable(
  "platform_days",
  {
    org_id: integer().notNull(),
    day: date({ mode: "string" }).notNull(),
    platform: text().notNull(),
    ...counted,
  },
  (table) => [primaryKey({ columns: [table.org_id, table.day, table.platform] })],
);

export const featureDays = pgTable(
  "feature_days",
  {
    org_id: integer().notNull(),
    day: date({ mode: "string" }).notNull(),
    feature_name: text().notNull(),
    usage_count: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.day, table.feature_name] })],
);

export const twinMonths = pgTable(
  "twin_months",
  {
    org_id: integer().notNull(),
    twin_id: uuid().notNull(),
    month: date({ mode: "string" }).notNull(),
    activities: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.twin_id, table.month] })],
);

export const activityHours = pgTable(
  "activity_hours",
  {
    org_id: integer().notNull(),
    day: date({ mode: "string" }).notNull(),
    platform: text().notNull(),
    hours: integer().array().notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.day, table.platform] })],
);

export const dayUsers = pgTable(
  "day_users",
  {
    org_id: integer().notNull(),
    kind: text().notNull(),
    day: date({ mode: "string" }).notNull(),
    lane: integer().notNull(),
    bits: laneBits().notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.kind, table.day, table.lane] })],
);

export const activePeriods = pgTable(
  "active_periods",
  {
    org_id: integer().notNull(),
    period: text().notNull(),
    start_date: date({ mode: "string" }).notNull(),
    lane: integer().notNull(),
    bits: laneBits().notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.period, table.start_date, table.lane] })],
);

const columnsOfDays = {
  org_id: integer().notNull(),
  metric_date: date({ mode: "string" }).notNull(),
  total_active_users: integer().notNull().default(0),
  new_users: integer().notNull().default(0),
  total_sessions: integer().notNull().default(0),
  total_conversations: integer().notNull().default(0),
  total_messages: integer().notNull().default(0),
  total_documents_drafted: integer().notNull().default(0),
  total_queries: integer().notNull().default(0),
  total_shared_interactions: integer().notNull().default(0),
  avg_session_duration_seconds: integer().notNull().default(0),
  total_twin_installations: integer().notNull().default(0),
  platform_breakdown: jsonb()
    .notNull()
    .default(sql`'{}'::jsonb`),
  ended_sessions: integer().notNull().default(0),
  session_seconds: bigint({ mode: "number" }).notNull().default(0),
  last_record_at: instant(),
  created_at: instant()
    .notNull()
    .default(sql`now()`),
  updated_at: instant()
    .notNull()
    .default(sql`now()`),
  job_run_id: bigint({ mode: "number" }),
};

/** With a column for each figure of the catalogue (contracts, `figures.ts`), in the order of the database. */
export const dailyMetrics = pgTable("daily_metrics", columnsOfDays satisfies Record<DayFigure, unknown>, (table) => [
  primaryKey({ columns: [table.org_id, table.metric_date] }),
]);

export const userRetention = pgTable(
  "user_retention",
  {
    org_id: integer().notNull(),
    n: integer().notNull(),
    cohort_date: date({ mode: "string" }).notNull(),
    day_1_active: boolean(),
    day_7_active: boolean(),
    day_30_active: boolean(),
    total_sessions: integer().notNull().default(0),
    last_calculated_at: instant()
      .notNull()
      .default(sql`now()`),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.n] })],
);

export const monthlyUserStats = pgTable(
  "monthly_user_stats",
  {
    org_id: integer().notNull(),
    n: integer().notNull(),
    month: date({ mode: "string" }).notNull(),
    session_count: integer().notNull().default(0),
    activity_count: integer().notNull().default(0),
    duration_sum: bigint({ mode: "number" }).notNull().default(0),
    duration_n: integer().notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.n, table.month] })],
);

export const hourChanges = ops.table("hour_changes", {
  org_id: integer().notNull(),
  at: instant().notNull(),
  platform: text().notNull(),
  activities: integer().notNull(),
});

export const dirtyLog = ops.table("dirty_log", {
  seq: bigint({ mode: "number" }).generatedAlwaysAsIdentity().primaryKey(),
  org_id: integer().notNull(),
  day: date({ mode: "string" }).notNull(),
  n: integer(),
  received_at: instant()
    .notNull()
    .default(sql`clock_timestamp()`),
  recount: boolean().notNull().default(true),
});

export const annotations = pgTable(
  "annotations",
  {
    org_id: integer().notNull(),
    id: uuid().notNull(),
    day: date().notNull(),
    text: text().notNull(),
    created_by: text().notNull(),
    created_at: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.org_id, table.id] })],
);
