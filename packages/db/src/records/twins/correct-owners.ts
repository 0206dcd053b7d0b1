import type { Tx } from "../../tenancy/actor.ts";
import type { AuditAction } from "../../tenancy/audit/actions.ts";
import { enqueueWithin } from "../../jobs/enqueue.ts";

/** A twin that belonged to `from`, and belongs to `to`; null: to nobody. */
export type OwnerCorrection = { twin_id: string; from: string | null; to: string | null };

/**
 * Writes down that owners were put right, in the transaction that did it, and queues the job by which shared use follows.
 * The last thing in it: the keyed job's row is a lock that others of this organisation wait for.
 */
export async function correctOwners(tx: Tx, corrections: readonly OwnerCorrection[]): Promise<void> {
  if (corrections.length === 0) return;
  const ids = corrections.map(({ twin_id }) => twin_id);
  const action: AuditAction = "twin.set_owner";
  await tx.query({
    name: "audit_owners",
    text: `insert into audit_log (action, object_type, object_id, details)
      select $4::text, 'twin', twin_id::text, json_build_object('from', was, 'to', is_now)
      from unnest($1::uuid[], $2::uuid[], $3::uuid[]) c (twin_id, was, is_now)`,
    values: [ids, corrections.map(({ from }) => from), corrections.map(({ to }) => to), action],
  });
  await tx.query({
    name: "note_owner_corrections",
    text: `insert into owner_corrections (org_id, twin_id) select $1, twin_id from unnest($2::uuid[]) c (twin_id) order by twin_id
      on conflict (org_id, twin_id) do update set upto = null`,
    values: [tx.org_id, ids],
  });
  await enqueueWithin(tx, "twins/follow-owners", { org_id: tx.org_id }, { key: `owners:${tx.org_id}` });
}
