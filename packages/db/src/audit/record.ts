import type { Actor, Tx } from "../actor.ts";

export type AuditEntry = {
  /** What was done, as `noun.verb`. */
  action: string;
  object_type?: string;
  object_id?: string;
  reason?: string;
  details?: Record<string, unknown>;
};

const idOf = (actor: Actor): string =>
  actor.kind === "member" ? actor.account_id : actor.kind === "service" ? actor.key_id : actor.job;

/** Appends an audit row in the caller's transaction: what is rolled back was never done, what was done is written. */
export async function recordAudit(tx: Tx, actor: Actor, entry: AuditEntry): Promise<void> {
  const { action, object_type = null, object_id = null, reason = null, details = {} } = entry;
  await tx.query({
    text: `insert into audit_log (org_id, actor_kind, actor_id, actor_name, action, object_type, object_id, reason, request_id, ip, details)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    values: [
      actor.org_id,
      actor.kind,
      idOf(actor),
      actor.kind === "system" ? actor.job : actor.name,
      action,
      object_type,
      object_id,
      reason,
      actor.request_id,
      actor.kind === "system" ? null : (actor.ip ?? null),
      JSON.stringify(details),
    ],
  });
}
