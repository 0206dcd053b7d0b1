import { z } from "zod";
import { AsOf, bucketFields, checkRangeOfDays, Day, Instant, rangeFields } from "./dates.ts";
import { filterFields, NotApplied } from "./filter.ts";
import { mutation, query } from "./procedure.ts";
import { text } from "./text.ts";
import { type ActivityType, activityTypes } from "./vocabulary.ts";

const count = z.int().nonnegative();
/** A fraction 0…1, unrounded; null over 0. */
const fraction = z.number().min(0).max(1).nullable();

export const twinSorts = [
  "name",
  "owner",
  "last_trained_at",
  "document_count",
  "installations",
  "activities",
  "users",
  "helpful",
] as const;
export type TwinSort = (typeof twinSorts)[number];

export const TwinsInput = z
  .object({
    ...rangeFields,
    /** Part of a twin's name or of its owner's, whatever the case; without `activities.read` of a twin's alone. */
    search: text(200).trim().optional(),
    /** The asked twins, with what passes the filter of what they did. */
    ...filterFields,
    /** helpful: by the share of helpful answers. What a twin doesn't have comes last either way. */
    sort: z.enum(twinSorts).default("activities"),
    order: z.enum(["asc", "desc"]).default("desc"),
    limit: z.coerce.number().int().min(1).max(1_000).default(50),
  })
  .check(checkRangeOfDays);
export type TwinsInput = z.output<typeof TwinsInput>;

export const TwinsAnswer = z.object({
  timezone: z.string(),
  not_applied: NotApplied,
  twins: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      /** Null: the owner was deleted. Name and department are null for whoever may not read activities. */
      owner: z.object({ id: z.uuid(), name: z.string().nullable(), department: z.string().nullable() }).nullable(),
      is_shared: z.boolean(),
      last_trained_at: Instant.nullable(),
      /** Not trained (if never: not made) within `stale_after_days`. */
      is_stale: z.boolean(),
      document_count: count,
      /** Spells open now; null under a filter of people, who have none. */
      installations: count.nullable(),
      /** Activities of the range. */
      activities: count,
      /** People who were active with it, or wrote to it, in the range. */
      users: count,
      /** Activities by day of the range, in order. */
      days: z.array(count),
      /** Of the days that are over, as shares of answers leave today out. */
      helpful: z.object({ yes: count, no: count, shared_interactions: count }),
    }),
  ),
  /** All twins that are asked for, and found where one searches; the same of those below. */
  total: count,
  total_shared: count,
  /** Days without training after which a twin is called stale, and how many are. */
  stale_after_days: count,
  stale: count,
});
export type TwinsAnswer = z.output<typeof TwinsAnswer>;

export const SharingInput = z.object({ ...rangeFields, ...filterFields }).check(checkRangeOfDays);
export type SharingInput = z.output<typeof SharingInput>;

export const SharingAnswer = z.object({
  timezone: z.string(),
  not_applied: NotApplied,
  /** Last day that counts: the end of the range, or yesterday where that is today, which is still in progress. */
  as_of_day: Day,
  shared_interactions: count,
  /** yes / (yes + no) is the helpfulness rate; (yes + no) / shared_interactions its response share. */
  helpful: z.object({ yes: count, no: count, rate: fraction, response_share: fraction }),
  /** Who asks whose twin, department by department; "" stands for people without one, and erased ones. */
  departments: z.array(z.object({ asking: z.string(), owning: z.string(), interactions: count })),
  /** The twins that teams depend on most: what share of a department's shared interactions one twin answers. */
  dependence: z.array(
    z.object({
      department: z.string(),
      twin_id: z.uuid(),
      twin_name: z.string(),
      interactions: count,
      /** People of the department who asked it. */
      users: count,
      share: z.number().min(0).max(1),
    }),
  ),
  /** The latest ones of the range, today's too; empty for whoever may not read activities. */
  latest: z.array(
    z.object({
      activity_id: z.uuid(),
      at: Instant,
      asking: z.string(),
      twin_id: z.uuid(),
      twin_name: z.string(),
      /** Null also without `titles.read`. */
      interaction_purpose: z.string().nullable(),
      was_helpful: z.boolean().nullable(),
    }),
  ),
});
export type SharingAnswer = z.output<typeof SharingAnswer>;

export const TwinInput = z
  .object({
    twin_id: z.uuid({ error: "must be a twin's id" }),
    ...rangeFields,
    ...filterFields,
    /** With it the answer says which twins stand beside this one in the list of the same days and filters. */
    sort: z.enum(twinSorts).optional(),
    order: z.enum(["asc", "desc"]).default("desc"),
  })
  .check(checkRangeOfDays);
export type TwinInput = z.output<typeof TwinInput>;

/** Null: deleted. The name is null for whoever may not read activities. */
const ownerOfTwin = z.object({ id: z.uuid(), name: z.string().nullable() }).nullable();
/** Answers of the days from the first to the last of them. */
const answersOfDays = { start_date: Day, end_date: Day, yes: count, no: count };

/** One twin: whose it is, where it is installed, and what it was asked in the range, from facts. */
export const TwinAnswer = z.object({
  timezone: z.string(),
  as_of: AsOf,
  not_applied: NotApplied,
  start_date: Day,
  end_date: Day,
  /** The organisation's today: always in progress. */
  today: Day,
  id: z.uuid(),
  name: z.string(),
  owner: ownerOfTwin,
  is_shared: z.boolean(),
  created_at: Instant,
  last_trained_at: Instant.nullable(),
  /** Not trained (if never: not made) within `stale_after_days`. */
  is_stale: z.boolean(),
  stale_after_days: count,
  document_count: count,
  email_count: count,
  /** Activities of the range, and of each type. */
  activities: count,
  types: z.object(Object.fromEntries(activityTypes.map((type) => [type, count])) as Record<ActivityType, typeof count>),
  /** People who were active with it, or wrote to it, in the range: each is in one department, "(none)" has the others. */
  users: count,
  departments: z.array(z.object({ department: z.string(), users: count })),
  /** Who asked it most often, at most 5, without deleted people; empty for whoever may not read activities. */
  people: z.array(z.object({ id: z.uuid(), name: z.string(), activities: count })),
  /** Of the days that are over. */
  helpful: z.object({ ...answersOfDays, shared_interactions: count }),
  /** The same of the range before, without the day that stands against today. */
  helpful_previous: z.object(answersOfDays),
  /** Weeks of the range, and before it as many as it takes for 13; the last one is cut at the range's end. */
  weeks: z.array(z.object({ ...bucketFields, yes: count, no: count })),
  /** The days of these weeks before it was last trained; null where it wasn't trained in them. */
  before_training: z.object(answersOfDays).nullable(),
  installations: z.object({
    /** Spells that are open now, and all that there ever were. */
    open: count,
    total: count,
    /** The newest 200; without `installed_at` nobody sent it, and the twin did nothing on the platform yet. */
    spells: z.array(
      z.object({
        platform: z.string(),
        workspace_id: z.string().nullable(),
        workspace_name: z.string().nullable(),
        installed_at: Instant.nullable(),
        uninstalled_at: Instant.nullable(),
      }),
    ),
  }),
  /** Each time whose it is was put right, the last first, at most 20. */
  corrections: z.array(z.object({ at: Instant, from: ownerOfTwin, to: ownerOfTwin })),
  /** Shared use doesn't follow the last correction yet: a job is at it. */
  is_following: z.boolean(),
  /** In the list by `sort`; null at its ends, without `sort`, and where the list leaves this twin out. */
  previous_id: z.uuid().nullable(),
  next_id: z.uuid().nullable(),
});
export type TwinAnswer = z.output<typeof TwinAnswer>;

export const SetTwinOwnerInput = z.object({
  /** Our id of the twin, a sender's, or its name where no other has it. */
  twin: z.string().trim().min(1).max(255),
  /** The e-mail address of whose it is, or our id of them. */
  owner: z.string().trim().min(1).max(255),
});
export type SetTwinOwnerInput = z.output<typeof SetTwinOwnerInput>;

export const SetTwinOwnerAnswer = z.object({
  twin_id: z.uuid(),
  twin_name: z.string(),
  owner_id: z.uuid(),
  /** Whose it was until now; null: whoever that was is erased. */
  was_owner_id: z.uuid().nullable(),
});
export type SetTwinOwnerAnswer = z.output<typeof SetTwinOwnerAnswer>;

export const twins = {
  list: query({ access: "metrics.read", input: TwinsInput, output: TwinsAnswer }),
  get: query({ access: "metrics.read", input: TwinInput, output: TwinAnswer }),
  sharing: query({ access: "metrics.read", input: SharingInput, output: SharingAnswer }),
  /**
   * Puts right whose a twin is; shared use of open days follows. It changes figures that are there, as a change of the
   * organisation's zone does, and finds people by their addresses: with `organization.write`, which no key has.
   */
  setOwner: mutation({ access: "organization.write", input: SetTwinOwnerInput, output: SetTwinOwnerAnswer }),
};
