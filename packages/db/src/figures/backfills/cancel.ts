import type { Backfill, BackfillId } from "@twin/contracts/backfills";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { isAtWork, readBackfill } from "./progress.ts";

/**
 * Ends a backfill after the chunk that is at work; what is done stays done, and `resumeBackfill` goes on from there. One
 * that has ended is left as it is.
 * @throws DomainError NOT_FOUND
 */
export function cancelBackfill(db: Database, actor: Actor, { id }: BackfillId): Promise<Backfill> {
  return inTenant(db, actor, async (tx) => {
    if (!isAtWork(await readBackfill(tx, id))) return readBackfill(tx, id);
    const cancelled = await tx.query({
      text: `update backfills set status = 'cancelled', finished_at = clock_timestamp()
        where org_id = $1 and id = $2 and status in ('queued', 'running') returning id`,
      values: [tx.org_id, id],
    });
    if (cancelled.length > 0) {
      await recordAudit(tx, { action: "backfill.cancel", object_type: "backfill", object_id: String(id) });
    }
    return readBackfill(tx, id);
  });
}
