import { sql } from "drizzle-orm";
import { statement } from "../../postgres/statement.ts";
import type { Tx } from "../../tenancy/actor.ts";
import type { AuditAction } from "@twin/contracts/audit";
import { enqueueWithin } from "../../jobs/enqueue.ts";

/** A twin that belonged to `from`, and belongs to `to`; null: to nobody. */
export type OwnerCorrection = { twin_id: string; from: string | null; to: string | null };

const auditOwners = statement(
  "records.audit_owners",
  { ids: "uuid[]", from: "uuid[]", to: "uuid[]", action: "text" },
  {},
  (p) => sql`
    insert into audit_log (action, object_type, object_id, details)
    select ${p.action}, 'twin', twin_id::text, json_build_object('from', was, 'to', is_now)
    from unnest(${p.ids}, ${p.from}, ${p.to}) c (twin_id, was, is_now)`,
);

const noteCorrections = statement(
  "records.note_owner_corrections",
  { org_id: "int", ids: "uuid[]" },
  {},
  (p) => sql`
    insert into owner_corrections (org_id, twin_id) select ${p.org_id}, twin_id from unnest(${p.ids}) c (twin_id) order by twin_id
    on conflict (org_id, twin_id) do update set upto = null`,
);

/**
 * Writes the audit rows of corrected owners in the transaction that corrects them, and queues the job that updates shared
 * use. The last thing in the transaction: the row of the keyed job is a lock that others of this organisation wait for.
 */
export async function correctOwners(tx: Tx, corrections: readonly OwnerCorrection[]): Promise<void> {
  if (corrections.length === 0) return;
  const ids = corrections.map(({ twin_id }) => twin_id);
  const action: AuditAction = "twin.set_owner";
  const [from, to] = [corrections.map((one) => one.from), corrections.map((one) => one.to)];
  await tx.query(auditOwners({ ids, from, to, action }));
  await tx.query(noteCorrections({ org_id: tx.org_id, ids }));
  await enqueueWithin(tx, "twins/follow-owners", { org_id: tx.org_id }, { key: `owners:${tx.org_id}` });
}
