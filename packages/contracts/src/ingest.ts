import { z } from "zod";
import { SentInstant } from "./dates.ts";
import { listInsteadOfBatch } from "./ndjson.ts";
import { mutation } from "./procedure.ts";
import { isStorableText, Json, text } from "./text.ts";
import { activityTypes, limits, rejectCodes, senderTypes } from "./vocabulary.ts";

/** Identifies a thing in the sender's world; never shown, stored only as a hash. */
const ExternalId = text(512).min(1);
/** An external id of the same source, then an e-mail address (people only), then an id of ours. */
const Reference = text(512).min(1);
const Kind = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[a-z0-9_-]{1,50}$/, { error: "must be 1 to 50 of a-z, 0-9, _ and -" });
const Name = text(255).trim().min(1);
const Count = z.int().nonnegative().max(2_147_483_647);
const levels = 100;
const values = 10_000;
/** Whether every text in it is storable, and it is no deeper and larger than what is said beside a record. */
function isStorable(value: unknown): boolean {
  let level: unknown[] = [value];
  let seen = 0;
  for (let depth = 0; level.length > 0; depth++) {
    seen += level.length;
    if (depth > levels || seen > values) return false;
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one === "string" && !isStorableText(one)) return false;
      if (typeof one !== "object" || one === null) continue;
      for (const [key, inner] of Object.entries(one)) {
        if (!isStorableText(key)) return false;
        next.push(inner);
      }
    }
    level = next;
  }
  return true;
}
/** Looked through level by level before a schema that calls itself sees it. */
const Storable = z
  .unknown()
  .refine(isStorable, { error: `must not hold NUL, broken UTF-16, more than ${levels} levels or ${values} values` });
const Metadata = Storable.pipe(z.record(z.string(), Json));
const Email = text(255)
  .trim()
  .regex(/^[^\s@]+@[^\s@]+$/, { error: "must be an e-mail address" });
const LongText = text(4_000_000);
const revision = { updated_at: SentInstant.optional() };

export const UserRecord = z.object({
  type: z.literal("user"),
  external_id: ExternalId.optional(),
  email: Email,
  full_name: Name,
  company: text(255).nullish(),
  department: text(100).nullish(),
  timezone: text(50).nullish(),
  is_active: z.boolean().optional(),
  created_at: SentInstant.optional(),
  ...revision,
});

export const TwinRecord = z.object({
  type: z.literal("twin"),
  external_id: ExternalId,
  /** Whose twin it is; may be absent where the twin is known, and is put right by a newer `updated_at`. */
  user: Reference.optional(),
  name: Name,
  description: text(10_000).nullish(),
  is_shared: z.boolean().nullish(),
  created_at: SentInstant.optional(),
  last_trained_at: SentInstant.nullish(),
  document_count: Count.nullish(),
  email_count: Count.nullish(),
  ...revision,
});

export const InstallationRecord = z.object({
  type: z.literal("installation"),
  twin: Reference,
  platform: Kind(50),
  workspace_id: text(255).nullish(),
  workspace_name: text(255).nullish(),
  /** Absent: it follows from the first activity of the twin on the platform. */
  installed_at: SentInstant.optional(),
  uninstalled_at: SentInstant.nullish(),
  ...revision,
});

export const SessionRecord = z.object({
  type: z.literal("session"),
  external_id: ExternalId,
  user: Reference,
  twin: Reference.nullish(),
  platform: Kind(50),
  device_type: text(50).nullish(),
  started_at: SentInstant,
  ended_at: SentInstant.nullish(),
  interaction_count: Count.nullish(),
  ip_address: z.union([z.ipv4(), z.ipv6()], { error: "must be an IPv4 or IPv6 address" }).nullish(),
  user_agent: text(2_000).nullish(),
  ...revision,
});

const messageFields = {
  external_id: ExternalId,
  sender_type: z.enum(senderTypes),
  /** The author; default: the activity's user. */
  user: Reference.nullish(),
  /** Null: the runtime did not record it. */
  content: LongText.nullish(),
  token_count: z.int().nonnegative().max(1_000_000).nullish(),
  /** Breaks ties between messages of one millisecond. */
  seq: Count.nullish(),
  created_at: SentInstant,
  edited_at: SentInstant.nullish(),
  metadata: Metadata.nullish(),
  ...revision,
};
/** A message inside its activity. */
export const NestedMessage = z.object(messageFields);
/** A message by itself; `conversation` refers to its activity. */
export const MessageRecord = z.object({ type: z.literal("message"), conversation: Reference, ...messageFields });

export const ConversationPart = z.object({
  title: text(500).nullish(),
  topic: text(255).nullish(),
  messages: z
    .array(z.unknown())
    .max(limits.batchRecords * 4)
    .optional(),
});
export const DocumentPart = z.object({
  title: text(500).nullish(),
  document_type: Kind(100).nullish(),
  content: LongText.nullish(),
  created_at: SentInstant.optional(),
  exported_at: SentInstant.nullish(),
  metadata: Metadata.nullish(),
});
export const QueryPart = z.object({
  query_text: LongText.nullish(),
  query_type: Kind(50).nullish(),
  results_count: Count.nullish(),
  retrieved_info: LongText.nullish(),
  sources: Storable.pipe(z.array(Json).max(1_000)).nullish(),
  created_at: SentInstant.optional(),
});
export const SharedPart = z.object({
  interaction_purpose: text(255).nullish(),
  interaction_summary: LongText.nullish(),
  was_helpful: z.boolean().nullish(),
  created_at: SentInstant.optional(),
});

export const ActivityRecord = z.object({
  type: z.literal("activity"),
  external_id: ExternalId,
  user: Reference,
  twin: Reference,
  session: Reference.nullish(),
  activity_type: z.enum(activityTypes),
  action_description: text(10_000).nullish(),
  started_at: SentInstant,
  ended_at: SentInstant.nullish(),
  platform: Kind(50),
  device_type: text(50).nullish(),
  metadata: Metadata.nullish(),
  conversation: ConversationPart.optional(),
  document: DocumentPart.optional(),
  query: QueryPart.optional(),
  shared: SharedPart.optional(),
  ...revision,
});

export const FeatureRecord = z.object({
  type: z.literal("feature"),
  external_id: ExternalId.optional(),
  user: Reference,
  feature_name: Kind(100),
  used_at: SentInstant,
  count: z.int().min(1).max(10_000).optional(),
  ...revision,
});

/** One ingest record, whatever way it comes: tRPC, REST or a line of NDJSON. */
export const IngestRecord = z.discriminatedUnion("type", [
  UserRecord,
  TwinRecord,
  InstallationRecord,
  SessionRecord,
  ActivityRecord,
  MessageRecord,
  FeatureRecord,
]);
export type IngestRecord = z.output<typeof IngestRecord>;
export type RecordOf<T extends IngestRecord["type"]> = Extract<IngestRecord, { type: T }>;
export type NestedMessage = z.output<typeof NestedMessage>;

/** Records are checked one by one, so that a wrong one never keeps the others out. */
export const IngestInput = z.object(
  {
    records: z
      .array(z.unknown(), { error: 'must be a list of records, as in {"records": [ … ]}' })
      .max(limits.batchRecords, { error: `a batch holds up to ${limits.batchRecords} records: send several` }),
  },
  { error: ({ input }) => (Array.isArray(input) ? listInsteadOfBatch : undefined) },
);
export type IngestInput = z.output<typeof IngestInput>;

export const Rejection = z.object({
  /** Position in the batch, from 0. */
  index: z.int().nonnegative(),
  code: z.enum(rejectCodes),
  message: z.string(),
  /** The field, like `user` or `conversation.messages[3]`. */
  path: z.string().optional(),
});
export type Rejection = z.output<typeof Rejection>;

/** A field that nobody knows, of a record that was stored all the same. */
export const Warning = z.object({
  index: z.int().nonnegative(),
  /** The field, like `endedAt` or `conversation.messages[3].createdAt`. */
  path: z.string(),
  message: z.string(),
});
export type Warning = z.output<typeof Warning>;

export const IngestAnswer = z.object({
  accepted: z.int(),
  updated: z.int(),
  duplicates: z.int(),
  rejected: z.array(Rejection),
  /** At most 1,000; the last one says how many more there are. */
  warnings: z.array(Warning),
});
export type IngestAnswer = z.output<typeof IngestAnswer>;

export const ingest = {
  batch: mutation({
    access: "ingest.write",
    input: IngestInput,
    output: IngestAnswer,
    bodyBytes: limits.batchBytes,
    summary: "Store a batch of records; send again as often as you like",
  }),
};
