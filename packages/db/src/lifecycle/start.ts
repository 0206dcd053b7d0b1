import { type Actor, inTenant } from "../tenancy/actor.ts";
import { recordAudit } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { queueRun } from "./schedule.ts";

/** Queues a run of the actor's organisation now; where one waits already, that one is meant. */
export function startLifecycle(db: Database, actor: Actor): Promise<{ queued: true }> {
  return inTenant(db, actor, async (tx) => {
    await recordAudit(tx, {
      action: "lifecycle.start",
      object_type: "organization",
      object_id: String(tx.org_id),
    });
    await queueRun(tx);
    return { queued: true };
  });
}
