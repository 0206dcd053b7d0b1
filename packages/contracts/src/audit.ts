import { z } from "zod";
import { Day, Instant } from "./dates.ts";
import { nameList } from "./paging.ts";
import { mutation, query } from "./procedure.ts";
import { text } from "./text.ts";

/** Every action of the audit log, as `noun.verb`. */
export const auditActions = [
  "account.change_password",
  "account.make_password_link",
  "account.rename",
  "account.set_password",
  "annotation.create",
  "annotation.remove",
  "archive.drop_restored",
  "archive.restore",
  "archive.verify",
  "backfill.cancel",
  "backfill.resume",
  "backfill.start",
  "content.read",
  "csv.export",
  "demonstration.make",
  "demonstration.remove",
  "import.start",
  "import.undo",
  "job.cancel",
  "job.retry",
  "key.create",
  "key.revoke",
  "key.rotate",
  "lifecycle.cancel_pending_policy",
  "lifecycle.lift_hold",
  "lifecycle.place_hold",
  "lifecycle.seal",
  "lifecycle.set_policy",
  "lifecycle.start",
  "member.activate",
  "member.change",
  "member.deactivate",
  "member.invite",
  "member.join",
  "member.remove",
  "member.revoke_invitation",
  "member.set",
  "organization.create",
  "organization.set_time_zone",
  "organization.set_viewer_titles",
  "session.begin",
  "session.end",
  "session.end_all",
  "session.end_others",
  "session.refuse",
  "session.switch",
  "twin.set_owner",
  "user.erase",
  "user.erase_again",
  "user.erase_immediately",
  "user.erased",
  "user.export",
  "user.fetch_export",
  "user.lift_tombstone",
  "user.request_export",
  "user.undo_erasure",
] as const;
export type AuditAction = (typeof auditActions)[number];

/** What somebody did, as it was written down in the transaction in which it was done. */
export const AuditRow = z.object({
  id: z.int(),
  at: Instant,
  actor_kind: z.enum(["member", "service", "system"]),
  actor_id: z.string(),
  /** What they were called then. */
  actor_name: z.string(),
  /** One of `auditActions`; rows of earlier versions may say another. */
  action: z.string(),
  object_type: z.string().nullable(),
  object_id: z.string().nullable(),
  /** What it is called now; null for what has no name, or is gone. */
  object_name: z.string().nullable(),
  reason: z.string().nullable(),
  request_id: z.string().nullable(),
  /** As `192.0.2.0/24` or `2001:db8:40::/48`. */
  network: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
  /** Whether a seal of the chain holds it. */
  sealed: z.boolean(),
});
export type AuditRow = z.output<typeof AuditRow>;

const RowId = z.coerce.number().int().positive();

export const ListAuditInput = z.object({
  /** A member's account id, a key's id, or a job's name. */
  actor: text(200).optional(),
  /** Actions; without any all. */
  action: nameList.pipe(z.array(z.enum(auditActions))).optional(),
  /** Of what: the id of a person, twin, key, account. */
  object: text(200).optional(),
  /** Local days, both included. */
  start_date: Day.optional(),
  end_date: Day.optional(),
  /** Rows older than this one; else the newest. */
  before: RowId.optional(),
  /** Rows newer than this one, the nearest. */
  after: RowId.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ListAuditInput = z.output<typeof ListAuditInput>;

export const AuditPage = z.object({
  /** Newest first. */
  rows: z.array(AuditRow),
  /** To ask `before`; null at the oldest. */
  older: z.int().nullable(),
  /** To ask `after`; null at the newest. */
  newer: z.int().nullable(),
});
export type AuditPage = z.output<typeof AuditPage>;

/** How a verification of the chain ended. */
export const AuditCheck = z.object({
  at: Instant,
  rows: z.int(),
  seals: z.int(),
  /** Null: every sealed row is as it was written. */
  problem: z.string().nullable(),
});
export type AuditCheck = z.output<typeof AuditCheck>;

export const AuditState = z.object({
  rows: z.int(),
  first_at: Instant.nullable(),
  seals: z.int(),
  sealed_rows: z.int(),
  sealed_at: Instant.nullable(),
  check: AuditCheck.nullable(),
  /** Who did something, by name, as they are called now; at most 200. */
  actors: z.array(z.object({ id: z.string(), name: z.string() })),
});
export type AuditState = z.output<typeof AuditState>;

/** Lists that the dashboard gives as files. */
export const fileLists = ["activities", "audit", "members", "people", "sessions", "twins", "users", "uses"] as const;

export const NoteFileInput = z.object({
  list: z.enum(fileLists),
  /** What the list was narrowed down by, as its address says. */
  asked: z.record(z.string().max(50), text(500)),
});
export type NoteFileInput = z.output<typeof NoteFileInput>;

export const audit = {
  list: query({ access: "audit.read", input: ListAuditInput, output: AuditPage }),
  state: query({ access: "audit.read", input: z.object({}), output: AuditState }),
  /** Writes down that a list was taken along as a file; the dashboard does before it gives one. */
  noteFile: mutation({ access: "export.csv", input: NoteFileInput, output: z.object({ ok: z.literal(true) }) }),
  /** Has the chain verified by a job. */
  verify: mutation({ access: "audit.read", input: z.object({}), output: z.object({ ok: z.literal(true) }) }),
};
