import type { Backfill, BackfillId } from "@twin/contracts/backfills";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { readBackfill } from "./progress.ts";
import { findOverlap, lockBackfills, overlap, queueChunk } from "./start.ts";

const resume = statement(
  "figures.resume_backfill",
  { org_id: "int", id: "bigint" },
  {},
  (p) => sql`
    update backfills set status = case when status = 'running' then status else 'queued' end, finished_at = null, error = null,
      moved_at = case when status in ('queued', 'running') then moved_at else clock_timestamp() end
    where org_id = ${p.org_id} and id = ${p.id} and status <> 'done'`,
  { plan: "each" },
);

/**
 * Continues a backfill that was cancelled, failed or lost its job, from its first unfinished chunk. A finished one stays
 * finished, and one that is at work goes on.
 * @throws DomainError NOT_FOUND; CONFLICT where another one is at work on some of its days
 */
export function resumeBackfill(db: Database, actor: Actor, { id }: BackfillId): Promise<Backfill> {
  return inTenant(db, actor, async (tx) => {
    await lockBackfills(tx);
    const backfill = await readBackfill(tx, id);
    if (backfill.status === "done") return backfill;
    const busy = await findOverlap(tx, backfill, id);
    if (busy) throw overlap(busy);
    await tx.query(resume({ org_id: tx.org_id, id }));
    await recordAudit(tx, { action: "backfill.resume", object_type: "backfill", object_id: String(id) });
    await queueChunk(tx, id);
    return readBackfill(tx, id);
  });
}
