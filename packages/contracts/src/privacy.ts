import { z } from "zod";
import { Instant } from "./dates.ts";
import { mutation, query } from "./procedure.ts";
import { erasureReasons, type ErasureReason } from "./vocabulary.ts";

const count = z.int().nonnegative();
const Reason = z.enum(Object.keys(erasureReasons) as [ErasureReason, ...ErasureReason[]]);
const UserId = z.object({ user_id: z.uuid({ error: "must be a person's id" }) });

/** One line of a receipt: what becomes of so many rows of a table, and why. */
export const ReceiptLine = z.object({
  table: z.string(),
  rows: count,
  /** `erased`: the row goes. `emptied`: words go, row stays. `passed_on`: belongs to its next author. `kept`: stays. */
  what: z.enum(["erased", "emptied", "passed_on", "kept"]),
  why: z.string(),
});
export type ReceiptLine = z.output<typeof ReceiptLine>;

export const ErasureReceipt = z.object({
  /** null: a draft, counted now, of what an erasure would do. */
  number: z.int().positive().nullable(),
  lines: z.array(ReceiptLine),
  rows_gone: count,
  rows_kept: count,
  counted_at: Instant,
});
export type ErasureReceipt = z.output<typeof ErasureReceipt>;

export const Erasure = z.object({
  id: z.uuid(),
  user_id: z.uuid(),
  reason: Reason,
  asked_at: Instant,
  asked_by: z.string(),
  immediately: z.boolean(),
  /** When rows and keys go, by the policy of now; it may be undone until then. */
  due_at: Instant,
  started_at: Instant.nullable(),
  ended_at: Instant.nullable(),
});
export type Erasure = z.output<typeof Erasure>;

/** Why an erasure waits although it is due: the organisation, the person, or somebody they talked with is under legal hold. */
export const ErasureHold = z.enum(["organization", "person", "conversation"]);
export type ErasureHold = z.output<typeof ErasureHold>;

/** A copy of what is held on a person, as a zip of JSON with checksums: fetched once, by POST from `/api/exports/<id>`, by who asked. */
export const PersonExport = z.object({
  id: z.uuid(),
  status: z.enum(["queued", "ready", "fetched", "expired", "failed"]),
  /** Why it could not be made; beside `queued`: the last try failed, and it is tried again. */
  error: z.string().nullable(),
  requested_at: Instant,
  ready_at: Instant.nullable(),
  fetched_at: Instant.nullable(),
  expires_at: Instant,
  bytes: count.nullable(),
});
export type PersonExport = z.output<typeof PersonExport>;

export const Privacy = z.object({
  user_id: z.uuid(),
  timezone: z.string(),
  /** null once they are erased. */
  name: z.string().nullable(),
  email: z.string().nullable(),
  state: z.enum(["here", "leaving", "erasing", "erased"]),
  erasure: Erasure.nullable(),
  /** Days between asking and going, by the policy. */
  grace_days: z.int().positive(),
  held_by: ErasureHold.nullable(),
  receipt: ErasureReceipt,
  /** The last one that the caller asked for. */
  export: PersonExport.nullable(),
  /** They also sign in here: that account is a member's, and is removed under Members. */
  signs_in: z.boolean(),
  /** Who read text of conversations that they took part in, latest first, at most 50. */
  readings: z.array(z.object({ at: Instant, by: z.string(), reason: z.string(), activity_id: z.uuid() })),
});
export type Privacy = z.output<typeof Privacy>;

export const EraseInput = UserId.extend({
  /** Their e-mail address, typed to confirm. */
  email: z.string().trim().max(255),
  reason: Reason,
  /** Without days of grace; for who may overrule. */
  immediately: z.boolean().default(false),
});
export type EraseInput = z.output<typeof EraseInput>;

export const ErasuresAnswer = z.object({
  timezone: z.string(),
  /** Asked for and not done, next due first. */
  open: z.array(Erasure.extend({ name: z.string(), email: z.string(), state: z.enum(["leaving", "erasing"]) })),
  /** Done, latest first, at most 200. */
  receipts: z.array(z.object({ number: z.int().positive(), rows_gone: count, rows_kept: count, erasure: Erasure })),
});
export type ErasuresAnswer = z.output<typeof ErasuresAnswer>;

export const ReceiptNumber = z.object({ number: z.coerce.number().int().positive().max(2_147_483_647) });
export type ReceiptNumber = z.output<typeof ReceiptNumber>;

export const LiftInput = z.object({ email: z.string().trim().min(3).max(255) });
export type LiftInput = z.output<typeof LiftInput>;

export const privacy = {
  /** How a person stands: what an erasure would take, or took. */
  privacy: query({ access: "people.erase", input: UserId, output: Privacy }),
  /** Deletes a person from all lists at once, and their rows and keys when the days of grace are over. */
  erase: mutation({ access: "people.erase", input: EraseInput, output: Erasure }),
  /** Has everything that is held on a person made into a zip, for the one who asks. */
  requestExport: mutation({ access: "people.erase", input: UserId, output: PersonExport }),
  undoErasure: mutation({ access: "people.erase", input: UserId, output: z.object({ ok: z.literal(true) }) }),
  erasures: query({ access: "people.erase", input: z.object({}), output: ErasuresAnswer }),
  receipt: query({
    access: "people.erase",
    input: ReceiptNumber,
    output: ErasureReceipt.extend({ timezone: z.string(), erasure: Erasure }),
  }),
  /** Lets records of an erased person in again, under all names that they were known by. */
  liftTombstone: mutation({ access: "people.overrule", input: LiftInput, output: z.object({ lifted: count }) }),
};
