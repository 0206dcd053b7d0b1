import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";

/** What is left to do before the queue is drained, over all organisations. */
export type Backlog = { waiting: number; running: number; failed: number; days: number; workers: number };

const installation: Actor = { kind: "system", org_id: 0, job: "jobs wait", request_id: "jobs wait" };

const backlogOf = statement(
  "jobs.backlog",
  {},
  { waiting: "int", running: "int", failed: "int", workers: "int", days: "int" },
  () => sql`
    select q.waiting, q.running, q.failed, living_workers() as workers,
      (select count(*)::int from (select distinct org_id, day from ops.dirty_log) d) as days
    from queue_status(null) q`,
  { plan: "each" },
);

/**
 * How much is left to do. The queue is drained when no due job waits, none runs, and no day is to be recomputed. Failed
 * jobs don't count, but the days that they would have recomputed do.
 */
export function readBacklog(db: Database): Promise<Backlog> {
  return inTenant(db, installation, async (tx) => {
    const [backlog] = await tx.query(backlogOf({}));
    return backlog!;
  });
}

/**
 * Waits until the queue is drained.
 * @returns whether it was within the time, and what was left at the end
 */
export async function waitForJobs(
  db: Database,
  options: { timeoutMs: number; signal?: AbortSignal; onProgress?: (left: Backlog) => void },
): Promise<{ drained: boolean; left: Backlog }> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    const left = await readBacklog(db);
    if (left.waiting + left.running + left.days === 0) return { drained: true, left };
    if (Date.now() >= deadline || options.signal?.aborted) return { drained: false, left };
    options.onProgress?.(left);
    await sleep(Math.max(0, Math.min(150, deadline - Date.now())));
  }
}
