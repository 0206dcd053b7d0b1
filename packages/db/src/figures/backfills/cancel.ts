import type { Backfill, BackfillId } from "@twin/contracts/backfills";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { isAtWork, readBackfill } from "./progress.ts";

const cancel = statement(
  "figures.cancel_backfill",
  { org_id: "int", id: "bigint" },
  { id: "bigint" },
  (p) => sql`
    update backfills set status = 'cancelled', finished_at = clock_timestamp()
    where org_id = ${p.org_id} and id = ${p.id} and status in ('queued', 'running') returning id`,
  { plan: "each" },
);

/**
 * Ends a backfill after the current chunk; finished chunks stay, and `resumeBackfill` continues from there. One that has
 * ended stays as it is.
 * @throws DomainError NOT_FOUND
 */
export function cancelBackfill(db: Database, actor: Actor, { id }: BackfillId): Promise<Backfill> {
  return inTenant(db, actor, async (tx) => {
    if (!isAtWork(await readBackfill(tx, id))) return readBackfill(tx, id);
    const cancelled = await tx.query(cancel({ org_id: tx.org_id, id }));
    if (cancelled.length > 0) {
      await recordAudit(tx, { action: "backfill.cancel", object_type: "backfill", object_id: String(id) });
    }
    return readBackfill(tx, id);
  });
}
