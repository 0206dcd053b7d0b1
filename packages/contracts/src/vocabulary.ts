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

/**
 * What narrows answers down, as the wire calls it, in the order of addresses and chips; each also as `…_not`: anything else.
 * It asks of the row itself, of its use (where and of which twin), of the person, or of an attribute of theirs, which is a
 * column of users; `longest` is a value in characters, `none` how people without the attribute are called.
 */
export const filters = {
  type: { title: "Type", of: "row", longest: 50 },
  platform: { title: "Platform", of: "use", longest: 50 },
  department: { title: "Department", of: "attribute", longest: 100, none: "No department" },
  company: { title: "Company", of: "attribute", longest: 255, none: "No company" },
  twin: { title: "Twin", of: "use", longest: 255 },
  user: { title: "Person", of: "person", longest: 255 },
  source: { title: "Source", of: "row", longest: 255 },
} as const;
export type FilterName = keyof typeof filters;
export const filterNames = Object.keys(filters) as FilterName[];
export type FilterField = FilterName | `${FilterName}_not`;

/** Attributes of people that narrow down. */
export type AttributeName = {
  [F in FilterName]: (typeof filters)[F]["of"] extends "attribute" ? F : never;
}[FilterName];
export const attributeNames = filterNames.filter((name): name is AttributeName => filters[name].of === "attribute");

/** Where people stand in a period: first active ever; again; again after a break; not any more. */
export const lifecycleStages = ["new", "returning", "resurrecting", "dormant"] as const;
export type LifecycleStage = (typeof lifecycleStages)[number];

/** Stands in filters and choices for whoever has no department or company, and for people who were erased. */
export const noValue = "(none)";

/**
 * What a backfill computes anew. `metrics`: the whole chain from raw rows: derived sessions, facts, features, hours, sets,
 * retention, monthly stats, daily metrics. The others: that step alone, for everyone of these days.
 */
export const backfillKinds = ["metrics", "retention", "monthly"] as const;
export type BackfillKind = (typeof backfillKinds)[number];

export const recordTypes = ["user", "twin", "installation", "session", "activity", "message", "feature"] as const;
export type RecordType = (typeof recordTypes)[number];

export const roles = ["owner", "admin", "analyst", "viewer", "ops"] as const;
export type Role = (typeof roles)[number];

/**
 * What one may do. Members get permissions by role (`permissionsOf`), API keys by scope: a scope is a permission's name.
 * `people.read` shows e-mail addresses; without it they are masked, and nobody is found by one. `titles.read` shows what people
 * called and described things: titles, topics, descriptions, purposes, sources, metadata. `people.erase` answers requests of
 * people: export and erasure. `people.overrule` is the owner's alone: erase without grace, let an erased person in again, lift a hold; so is
 * `organization.own`: appoint owners, and change what they are.
 */
export const permissions = [
  "metrics.read",
  "activities.read",
  "people.read",
  "titles.read",
  "people.erase",
  "people.overrule",
  "export.csv",
  "annotations.write",
  "content.read",
  "jobs.read",
  "jobs.write",
  "ingest.write",
  "lifecycle.read",
  "lifecycle.write",
  "members.write",
  "keys.manage",
  "organization.write",
  "organization.own",
  "audit.read",
] as const;
export type Permission = (typeof permissions)[number];

/** Hours for which a key that is rotated may work on beside the new one. */
export const keyOverlapHours = [0, 1, 24, 168] as const;
export type KeyOverlapHours = (typeof keyOverlapHours)[number];

/** Scopes that an API key may carry. */
export const scopes = [
  "metrics.read",
  "activities.read",
  "people.read",
  "titles.read",
  "content.read",
  "annotations.write",
  "jobs.read",
  "jobs.write",
  "ingest.write",
] as const satisfies readonly Permission[];
export type Scope = (typeof scopes)[number];

const byRole: Record<Role, readonly Permission[]> = {
  owner: permissions,
  admin: permissions.filter((permission) => !["people.overrule", "organization.own"].includes(permission)),
  analyst: [
    "metrics.read",
    "activities.read",
    "people.read",
    "titles.read",
    "export.csv",
    "annotations.write",
    "jobs.read",
  ],
  viewer: ["metrics.read", "activities.read"],
  ops: ["jobs.read", "jobs.write", "lifecycle.read", "lifecycle.write"],
};

type Granted = { content_read: boolean; titles_read: boolean; viewer_titles: boolean };

/** Who may be granted to read content by name; whoever operates never may. */
export const readsByName: readonly Role[] = ["analyst", "viewer"];

/**
 * The permissions of a role; `content.read` and `titles.read` may also be granted to a member by name, and `titles.read` to
 * an organisation's viewers.
 */
export const permissionsOf = (
  role: Role,
  { content_read = false, titles_read = false, viewer_titles = false }: Partial<Granted> = {},
): readonly Permission[] => {
  const granted: Permission[] = [];
  const byName = readsByName.includes(role);
  if (content_read && byName) granted.push("content.read");
  if ((titles_read && byName) || (viewer_titles && role === "viewer")) granted.push("titles.read");
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
  /** Years after which a key ends where nothing else is said, and that members may give it at most. */
  keyYears: 1,
  mostKeyYears: 2,
  /** Requests that one key may send in a minute. */
  keyRequests: 120_000,
  /** Buckets in one answer of a chart or metric. */
  buckets: 400,
  /** Rows that `page` can reach; deeper goes by `cursor`. */
  pageDepth: 10_000,
} as const;
