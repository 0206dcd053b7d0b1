import type { builtInFeatures } from "@twin/contracts/vocabulary";
import type { DataType } from "@twin/contracts/policies";

/** What every area has to know of the rows of a table that holds records. */
export type RecordKind = {
  /** The id that tells when it happened. A detail has that of its activity. */
  id: "id" | "activity_id";
  /** When it happened; null: with its activity. */
  at: "started_at" | "created_at" | "used_at" | null;
  /** The column of its person; null: its activity's. */
  owner: "user_id" | "accessing_user_id" | null;
  /** The id of the activity that says on which platform and with which twin; null: the row itself does, or nothing. */
  activity: "activity_id" | "conversation_id" | null;
  /** The feature that each row is a use of. */
  feature: keyof typeof builtInFeatures | null;
  /** The policy that deletes it. */
  ages_with: Exclude<DataType, "deleted_users">;
  /** Bytes of a row with its share of the indexes, where there are too few rows to measure. */
  typical_bytes: number;
};

/** Every table of what people did, each described here alone; a test compares this with the database. */
export const recordKinds = {
  sessions: {
    id: "id",
    at: "started_at",
    owner: "user_id",
    activity: null,
    feature: null,
    ages_with: "sessions",
    typical_bytes: 500,
  },
  activities: {
    id: "id",
    at: "started_at",
    owner: "user_id",
    activity: null,
    feature: null,
    ages_with: "activities",
    typical_bytes: 900,
  },
  conversations: {
    id: "activity_id",
    at: null,
    owner: null,
    activity: "activity_id",
    feature: null,
    ages_with: "activities",
    typical_bytes: 400,
  },
  messages: {
    id: "id",
    at: "created_at",
    owner: "user_id",
    activity: "conversation_id",
    feature: "question_asked",
    ages_with: "messages",
    typical_bytes: 700,
  },
  documents: {
    id: "activity_id",
    at: "created_at",
    owner: "user_id",
    activity: "activity_id",
    feature: "document_drafted",
    ages_with: "activities",
    typical_bytes: 2_000,
  },
  queries: {
    id: "activity_id",
    at: "created_at",
    owner: "user_id",
    activity: "activity_id",
    feature: "info_retrieved",
    ages_with: "activities",
    typical_bytes: 1_000,
  },
  shared_twin_interactions: {
    id: "activity_id",
    at: "created_at",
    owner: "accessing_user_id",
    activity: "activity_id",
    feature: "shared_interaction",
    ages_with: "activities",
    typical_bytes: 400,
  },
  feature_events: {
    id: "id",
    at: "used_at",
    owner: "user_id",
    activity: null,
    feature: null,
    ages_with: "activities",
    typical_bytes: 300,
  },
} as const satisfies Record<string, RecordKind>;

export type RecordTable = keyof typeof recordKinds;
export const recordTables = Object.keys(recordKinds) as RecordTable[];

/** The tables with a time of their own. */
export type TimedTable = { [T in RecordTable]: (typeof recordKinds)[T]["at"] extends null ? never : T }[RecordTable];
export const timedTables = recordTables.filter((table): table is TimedTable => recordKinds[table].at !== null);
