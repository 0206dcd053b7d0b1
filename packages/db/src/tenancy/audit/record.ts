import { type Actor, asActor, type Tx } from "../actor.ts";
import type { AuditAction } from "./actions.ts";

export type AuditEntry = {
  action: AuditAction;
  object_type?: string;
  object_id?: string;
  reason?: string;
  details?: Record<string, unknown>;
};

/**
 * Appends an audit row in the caller's transaction: what is rolled back was never done, what was done is written. Who did it,
 * and when, is the transaction's own.
 */
export async function recordAudit(tx: Tx, entry: AuditEntry): Promise<void> {
  const { action, object_type = null, object_id = null, reason = null, details = {} } = entry;
  await tx.query({
    text: "insert into audit_log (action, object_type, object_id, reason, details) values ($1, $2, $3, $4, $5)",
    values: [action, object_type, object_id, reason, JSON.stringify(details)],
  });
}

/** The same in a transaction of `inAuth`, where nobody acts in an organisation yet. */
export const recordAuditAs = (tx: Tx, actor: Actor, entry: AuditEntry): Promise<void> =>
  asActor(tx, actor, (own) => recordAudit(own, entry));
