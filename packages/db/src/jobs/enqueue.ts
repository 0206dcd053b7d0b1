import { type TaskName, type TaskPayload, tasks } from "@twin/contracts/tasks";
import { type Actor, inTenant } from "../actor.ts";
import type { Database } from "../connect.ts";

/**
 * Queues a job in a transaction of its own. With a key, one that still waits is replaced and one that runs is followed.
 * @param options.delayMs not before so many milliseconds from now
 */
export async function enqueueJob<N extends TaskName>(
  db: Database,
  actor: Actor,
  name: N,
  payload: TaskPayload<N>,
  options: { key?: string; delayMs?: number } = {},
): Promise<void> {
  await inTenant(db, actor, (tx) =>
    tx.query({
      name: "enqueue_job",
      text: `select enqueue_job($1, $2::json, $3, clock_timestamp() + $4 * interval '1 millisecond', $5)`,
      values: [name, JSON.stringify(payload), options.key ?? null, options.delayMs ?? 0, tasks[name].attempts],
    }),
  );
}

/** The key under which rollups of one organisation fall into one. */
export const rollupKey = (org_id: number): string => `rollup:${org_id}`;
