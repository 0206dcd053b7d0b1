import { z } from "zod";
import { Day, Instant } from "./dates.ts";
import { mutation, query } from "./procedure.ts";
import { dataTypes, keepUnits } from "./policies.ts";

const count = z.int().nonnegative();
const DataTypeName = z.enum(dataTypes);

/** So many days, months or years by the calendar. */
export const Keep = z.object({ count: z.int().positive().max(10_000), unit: z.enum(keepUnits) });

/** What goes, or would go. */
export const RowsDue = z.object({
  /** Table -> rows. */
  tables: z.record(z.string(), count),
  rows: count,
  /** About how many bytes these rows take. */
  bytes: count,
  /** The local days that these rows are of; null where there are none. */
  first_day: Day.nullable(),
  last_day: Day.nullable(),
});
export type RowsDue = z.output<typeof RowsDue>;

/** The report of one kind of data in one run. Nothing is written down where nothing was due. */
export const LifecycleRun = z.object({
  id: z.int(),
  data_type: DataTypeName,
  /** What lay before it was older than the policy; null where the run ended before it knew. */
  cut: Instant.nullable(),
  status: z.enum(["running", "done", "stopped", "failed", "refused"]),
  reason: z.string().nullable(),
  started_at: Instant,
  finished_at: Instant.nullable(),
  tables: z.record(z.string(), count),
  rows: count,
  bytes: count,
  details: z.record(z.string(), z.unknown()),
});
export type LifecycleRun = z.output<typeof LifecycleRun>;

export const RetentionPolicy = z.object({
  data_type: DataTypeName,
  /** In force now. */
  keep: Keep,
  is_default: z.boolean(),
  /** A shorter time that was set and begins at `from`; it can be taken back until then. */
  pending: Keep.extend({ from: Instant }).nullable(),
  /** Between what one may choose. */
  least: Keep,
  most: Keep,
  /** First local day that is kept. */
  cut_day: Day,
  changed_at: Instant.nullable(),
  changed_by: z.string().nullable(),
  last_run: LifecycleRun.nullable(),
});
export type RetentionPolicy = z.output<typeof RetentionPolicy>;

/** First local day whose figures are final, and the first after them that isn't; null while none is. */
const SealedDays = z.object({ from: Day, before: Day }).nullable();

export const LifecyclePolicies = z.object({
  policies: z.array(RetentionPolicy),
  timezone: z.string(),
  sealed_from: Instant.nullable(),
  sealed_before: Instant.nullable(),
  sealed_days: SealedDays,
  /** 03:00 of the organisation's next day or of today. */
  next_run_at: Instant,
  organization_held: z.boolean(),
  people_held: count,
});
export type LifecyclePolicies = z.output<typeof LifecyclePolicies>;

export const PolicyInput = z.object({ data_type: DataTypeName, keep: Keep });
export type PolicyInput = z.output<typeof PolicyInput>;

/** What a policy would do; nothing is changed. */
export const PolicyPreview = z.object({
  change: z.enum(["none", "longer", "shorter"]),
  /** When it would be in force: at once, or after a cool-down where it is shorter. */
  in_force_from: Instant,
  /** First local day that is kept then. */
  cut_day: Day,
  /** What goes then that would be kept by the policy in force now; estimated from the figures of its days. */
  going: RowsDue,
  months: z.array(z.object({ month: Day, rows: count, bytes: count })),
  /** Names of what ends at `cut_day`. */
  loses: z.array(z.string()),
});
export type PolicyPreview = z.output<typeof PolicyPreview>;

export const LegalHold = z.object({
  id: z.uuid(),
  /** null: the whole organisation. */
  person: z.object({ id: z.uuid(), full_name: z.string(), email: z.string() }).nullable(),
  reason: z.string(),
  placed_at: Instant,
  placed_by: z.string(),
  lifted_at: Instant.nullable(),
  lifted_by: z.string().nullable(),
});
export type LegalHold = z.output<typeof LegalHold>;

export const LegalHolds = z.object({
  /** Newest first. Holds on people are listed for those who may see people. */
  holds: z.array(LegalHold),
  organization_held: z.boolean(),
  /** How many people are held now. */
  people_held: count,
});
export type LegalHolds = z.output<typeof LegalHolds>;

export const PlaceHoldInput = z.object({
  /** Whose data must not go; without: everything of the organisation. */
  user: z.uuid().optional(),
  reason: z.string().trim().min(3, { error: "must say why, in at least 3 characters" }).max(1_000),
});
export type PlaceHoldInput = z.output<typeof PlaceHoldInput>;
export const LiftHoldInput = z.object({
  id: z.uuid(),
  reason: z.string().trim().min(3, { error: "must say why, in at least 3 characters" }).max(1_000),
});
export type LiftHoldInput = z.output<typeof LiftHoldInput>;

/** `now`: what a run would do that began now. `next_run`: what the next one by the clock will. */
export const PlanInput = z.object({ at: z.enum(["now", "next_run"]).default("next_run") });
export type PlanInput = z.output<typeof PlanInput>;

export const PlannedStep = z.object({
  data_type: DataTypeName,
  /** First local day that the policy keeps then. */
  cut_day: Day,
  going: RowsDue,
  /** Older than the policy, but not to go yet, and why: a legal hold, a day that isn't final. */
  waits: z.string().nullable(),
  becomes: z.string(),
  /** Names of the lists and charts that end at `cut_day`. */
  loses: z.array(z.string()),
});
export type PlannedStep = z.output<typeof PlannedStep>;

/** What a run would do; nothing is changed. */
export const LifecyclePlan = z.object({
  at: Instant,
  timezone: z.string(),
  /** How far the run would seal. */
  seal: z.object({
    sealed_from: Instant.nullable(),
    sealed_before: Instant.nullable(),
    sealed_days: SealedDays,
    waits: z.object({ day: Day, reason: z.string() }).nullable(),
  }),
  steps: z.array(PlannedStep),
});
export type LifecyclePlan = z.output<typeof LifecyclePlan>;

/** Runs one after the other that take the same kind of data, in one local month. */
export const ForecastEntry = z.object({
  data_type: DataTypeName,
  /** The first and the last of these runs; the same for tonight's. */
  from: Instant,
  to: Instant,
  going: RowsDue,
  becomes: z.string(),
  loses: z.array(z.string()),
  /** First local day that is kept after the last of these runs. */
  kept_from: Day,
});
export type ForecastEntry = z.output<typeof ForecastEntry>;

const Amount = z.object({ rows: count, bytes: count });

/** What goes in the coming time, of what is stored today, by the policies in force and pending; estimated from figures. */
export const LifecycleForecast = z.object({
  timezone: z.string(),
  next_run: Amount,
  this_month: Amount,
  this_year: Amount,
  next_60_days: Amount,
  /** Of the next 60 days, earliest first. */
  entries: z.array(ForecastEntry),
});
export type LifecycleForecast = z.output<typeof LifecycleForecast>;

/** Rows and about how many bytes of one organisation, by local month. */
export const StorageLane = z.object({
  data_type: z.enum(["activities", "messages", "sessions"]),
  keep: Keep,
  cut_day: Day,
  rows: count,
  bytes: count,
  tables: z.record(z.string(), z.object({ rows: count, bytes: count })),
  /** `goes`: rows that will have gone 60 days from now. */
  months: z.array(z.object({ month: Day, rows: count, bytes: count, goes: count })),
});
export const LifecycleStorage = z.object({
  /** Bytes are shares of whole tables by rows, and rows of whole months are counted from figures. */
  is_estimate: z.literal(true),
  lanes: z.array(StorageLane),
  /** Of the last three whole months, a month; `trend` is their rows over those of the three before, null where there are none. */
  growth: z.object({ rows: count, bytes: count, trend: z.number().nullable() }),
  partitions: z.object({
    /** The last UTC month whose partitions stand ready. */
    ready_until: Day,
    months_ahead: z.int(),
  }),
});
export type LifecycleStorage = z.output<typeof LifecycleStorage>;

const Nothing = z.object({});
const ops = { access: "lifecycle.read" } as const;

export const lifecycle = {
  policies: query({ ...ops, input: Nothing, output: LifecyclePolicies }),
  previewPolicy: query({ ...ops, input: PolicyInput, output: PolicyPreview }),
  /** A longer time is in force at once, a shorter one after a cool-down of 7 days. */
  setPolicy: mutation({ access: "lifecycle.write", input: PolicyInput, output: RetentionPolicy }),
  cancelPending: mutation({
    access: "lifecycle.write",
    input: z.object({ data_type: DataTypeName }),
    output: RetentionPolicy,
  }),
  holds: query({ ...ops, input: Nothing, output: LegalHolds }),
  /** The same person, or the organisation, twice is the hold that there is. */
  placeHold: mutation({ access: "people.erase", input: PlaceHoldInput, output: LegalHold }),
  liftHold: mutation({ access: "people.overrule", input: LiftHoldInput, output: LegalHold }),
  plan: query({ ...ops, input: PlanInput, output: LifecyclePlan }),
  forecast: query({ ...ops, input: Nothing, output: LifecycleForecast }),
  storage: query({ ...ops, input: Nothing, output: LifecycleStorage }),
  /** Newest first. */
  runs: query({
    ...ops,
    input: z.object({ data_type: DataTypeName.optional(), limit: z.int().min(1).max(200).default(50) }),
    output: z.object({ runs: z.array(LifecycleRun) }),
  }),
  /** Queues a run; one that waits already is the same one. */
  start: mutation({ access: "lifecycle.write", input: Nothing, output: z.object({ queued: z.literal(true) }) }),
};
