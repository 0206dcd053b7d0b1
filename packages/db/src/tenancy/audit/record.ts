import { sql } from "drizzle-orm";
import { type Actor, asActor, type Tx } from "../actor.ts";
import type { AuditAction } from "@twin/contracts/audit";
import { statement } from "../../postgres/statement.ts";

export type AuditEntry = {
  action: AuditAction;
  object_type?: string;
  object_id?: string;
  reason?: string;
  details?: Record<string, unknown>;
};

const appendAudit = statement(
  "tenancy.append_audit_row",
  { action: "text", object_type: "text?", object_id: "text?", reason: "text?", details: "jsonb" },
  {},
  (p) => sql`
    insert into audit_log (action, object_type, object_id, reason, details)
    values (${p.action}, ${p.object_type}, ${p.object_id}, ${p.reason}, ${p.details})`,
  { plan: "each" },
);

/**
 * Appends an audit row in the caller's transaction, so that a change and its row are stored together or not at all. Actor
 * and time are the transaction's.
 */
export async function recordAudit(tx: Tx, entry: AuditEntry): Promise<void> {
  const { action, object_type = null, object_id = null, reason = null, details = {} } = entry;
  await tx.query(appendAudit({ action, object_type, object_id, reason, details }));
}

/** The same in a transaction of `inAuth`, which has no actor of its own. */
export const recordAuditAs = (tx: Tx, actor: Actor, entry: AuditEntry): Promise<void> =>
  asActor(tx, actor, (own) => recordAudit(own, entry));
