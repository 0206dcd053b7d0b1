/** Plain constants that every room shares. No zod here: the dashboard loads this file in the browser. */

export const activityTypes = ["conversation", "query", "document", "shared"] as const;
export type ActivityType = (typeof activityTypes)[number];

export const senderTypes = ["user", "twin"] as const;
export type SenderType = (typeof senderTypes)[number];

/** Platforms with a name and a colour of their own; others are allowed and drawn as "other". */
export const knownPlatforms = { slack: "Slack", web: "Web", teams: "Teams", mobile: "Mobile" } as const;

/** Features counted by the system itself; a sender may record further ones by name. */
export const builtInFeatures = {
  question_asked: "Question asked",
  info_retrieved: "Info retrieved",
  document_drafted: "Document drafted",
  shared_interaction: "Shared interaction",
} as const;

/** Features of which each use is a record of its own activity; uses of the others are messages or events. */
export const recordFeatures = ["info_retrieved", "document_drafted", "shared_interaction"] as const;
export type RecordFeature = (typeof recordFeatures)[number];

/** In the order of ISO: Monday is the first. */
export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** What narrows answers down, as the wire calls it; each also as `…_not`: anything else. */
export const filterNames = ["type", "platform", "twin", "user", "department", "company", "source"] as const;
export type FilterName = (typeof filterNames)[number];
export type FilterField = FilterName | `${FilterName}_not`;

/** Stands in filters and choices for whoever has no department or company, and for people who were erased. */
export const noValue = "(none)";

/**
 * What a backfill computes anew. `metrics`: the whole chain from raw rows: derived sessions, facts, features, hours, sets,
 * retention, monthly stats, daily metrics. The others: that step alone, for everyone of these days.
 */
export const backfillKinds = ["metrics", "retention", "monthly"] as const;
export type BackfillKind = (typeof backfillKinds)[number];

export const keepUnits = ["day", "month", "year"] as const;
export type KeepUnit = (typeof keepUnits)[number];
/** A time by the calendar: two years are two years, however many days that is. */
export type Keep = { count: number; unit: KeepUnit };

type PolicyKind = {
  standard: Keep;
  least: Keep;
  most: Keep;
  table: string;
  becomes: string;
  left: string | null;
  loses: readonly string[];
};
/**
 * Kinds of data with a life of their own: how long each is kept unless said otherwise, and between what an organisation may
 * choose; the table that gives it its name; what becomes of it then and what is left; which lists and charts end at the first
 * day that is kept. Aggregates are kept for ever.
 */
export const policyKinds = {
  /** With their details, what is left of their messages, and recorded features. */
  activities: {
    standard: { count: 2, unit: "year" },
    least: { count: 180, unit: "day" },
    most: { count: 10, unit: "year" },
    table: "activities",
    becomes: "archived, then dropped",
    left: "archived",
    loses: ["Activities list", "Activity pages", "Drill-down from charts to activities"],
  },
  messages: {
    standard: { count: 1, unit: "year" },
    least: { count: 30, unit: "day" },
    most: { count: 10, unit: "year" },
    table: "messages",
    becomes: "summarised, text deleted",
    left: "summarised",
    loses: ["Transcripts", "Search in messages"],
  },
  sessions: {
    standard: { count: 90, unit: "day" },
    least: { count: 30, unit: "day" },
    most: { count: 2, unit: "year" },
    table: "sessions",
    becomes: "deleted, their facts stay",
    left: null,
    loses: ["Sessions in people's profiles"],
  },
  /** People who were soft-deleted. */
  deleted_users: {
    standard: { count: 30, unit: "day" },
    least: { count: 1, unit: "day" },
    most: { count: 90, unit: "day" },
    table: "users",
    becomes: "erased for good",
    left: null,
    loses: ["Undo of a deletion"],
  },
} as const satisfies Record<string, PolicyKind>;
export type DataType = keyof typeof policyKinds;
export const dataTypes = Object.keys(policyKinds) as DataType[];

/** A shorter time begins so many days after it was set, and can be taken back until then. */
export const coolDownDays = 7;

export const recordTypes = ["user", "twin", "installation", "session", "activity", "message", "feature"] as const;
export type RecordType = (typeof recordTypes)[number];

export const roles = ["owner", "admin", "analyst", "viewer", "ops"] as const;
export type Role = (typeof roles)[number];

/**
 * What one may do. Members get permissions by role (`permissionsOf`), API keys by scope: a scope is a permission's name.
 * `people.read` shows e-mail addresses; without it they are masked, and nobody is found by one. `titles.read` shows what people
 * called and described things: titles, topics, descriptions, purposes, sources, metadata. `people.erase` answers requests of
 * people: export and erasure. `people.overrule` is the owner's alone: erase without grace, let an erased person in again, lift a hold.
 */
export const permissions = [
  "metrics.read",
  "activities.read",
  "people.read",
  "titles.read",
  "people.erase",
  "people.overrule",
  "export.csv",
  "content.read",
  "jobs.read",
  "jobs.write",
  "ingest.write",
  "lifecycle.read",
  "lifecycle.write",
  "members.write",
  "organization.write",
] as const;
export type Permission = (typeof permissions)[number];

/** Scopes that an API key may carry. */
export const scopes = [
  "metrics.read",
  "activities.read",
  "people.read",
  "titles.read",
  "content.read",
  "jobs.read",
  "jobs.write",
  "ingest.write",
] as const satisfies readonly Permission[];
export type Scope = (typeof scopes)[number];

const byRole: Record<Role, readonly Permission[]> = {
  owner: permissions,
  admin: permissions.filter((permission) => permission !== "people.overrule"),
  analyst: ["metrics.read", "activities.read", "people.read", "titles.read", "export.csv", "jobs.read"],
  viewer: ["metrics.read", "activities.read"],
  ops: ["jobs.read", "jobs.write", "lifecycle.read", "lifecycle.write"],
};

/**
 * The permissions of a role; `content.read` may also be granted to a member by name, and `titles.read` to an organisation's
 * viewers.
 */
export const permissionsOf = (
  role: Role,
  { content_read = false, viewer_titles = false }: { content_read?: boolean; viewer_titles?: boolean } = {},
): readonly Permission[] => {
  const granted: Permission[] = [];
  if (content_read) granted.push("content.read");
  if (viewer_titles && role === "viewer") granted.push("titles.read");
  return [...byRole[role], ...granted.filter((one) => !byRole[role].includes(one))];
};

/** Why a person is erased; written to the audit log, where no free text could name them again. */
export const erasureReasons = {
  asked_by_person: "Asked by the person",
  left_company: "Left the company",
  no_longer_needed: "No longer needed",
  legal_duty: "Legal duty",
} as const;
export type ErasureReason = keyof typeof erasureReasons;

/** How a restoration of an archived month stands. */
export const restorationStates = ["queued", "running", "done", "failed", "dropping"] as const;
export type RestorationState = (typeof restorationStates)[number];

/** Codes of rejected ingest records. */
export const rejectCodes = [
  "INVALID",
  "UNKNOWN_USER",
  "UNKNOWN_TWIN",
  "UNKNOWN_SESSION",
  "UNKNOWN_CONVERSATION",
  "TOO_OLD",
  "IN_FUTURE",
  "ERASED",
  "CONFLICT",
] as const;
export type RejectCode = (typeof rejectCodes)[number];

export const limits = {
  /** Calls in one tRPC batch. */
  batchCalls: 10,
  /** Records in one ingest batch. */
  batchRecords: 5_000,
  /** Bytes of one ingest batch, after decompression. */
  batchBytes: 8_000_000,
  /** Months without partitions that one batch may need, and that an organisation's keys may ask for in a day (UTC). */
  newMonthsAtOnce: 24,
  newMonthsADay: 48,
  /** Buckets in one answer of a chart or metric. */
  buckets: 400,
  /** Rows that `page` can reach; deeper goes by `cursor`. */
  pageDepth: 10_000,
} as const;
