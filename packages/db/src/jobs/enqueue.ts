import { priorityOf, type TaskName, type TaskPayload, tasks } from "@twin/contracts/tasks";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";

type EnqueueOptions = {
  /** `name`, or `name:organisation`, whatever follows. Of jobs with one key one waits at a time: it is replaced; one that already runs is followed. */
  key?: string;
  /** Not before so many milliseconds from now. */
  delayMs?: number;
};

/** Queues a job in a transaction of its own. */
export async function enqueueJob<N extends TaskName>(
  db: Database,
  actor: Actor,
  name: N,
  payload: TaskPayload<N>,
  options: EnqueueOptions = {},
): Promise<void> {
  await inTenant(db, actor, (tx) => enqueueWithin(tx, name, payload, options));
}

/**
 * Queues a job in the caller's transaction: rolled back with it, visible to a worker once it is committed. The database
 * refuses one of another organisation than the transaction's, and from the API one of none.
 */
export async function enqueueWithin<N extends TaskName>(
  tx: Tx,
  name: N,
  payload: TaskPayload<N>,
  options: EnqueueOptions = {},
): Promise<void> {
  await tx.query({
    name: "enqueue_job",
    text: `select enqueue_job($1, $2::json, $3, clock_timestamp() + $4 * interval '1 millisecond', $5, $6)`,
    values: [
      name,
      JSON.stringify(payload),
      options.key ?? null,
      options.delayMs ?? 0,
      tasks[name].attempts,
      priorityOf(name),
    ],
  });
}

/** The key under which rollups of one organisation fall into one. */
export const rollupKey = (org_id: number): string => `rollup:${org_id}`;

/** The key under which refreshes of views fall into one: they are for all organisations at once. */
export const refreshKey = "refresh-views";
