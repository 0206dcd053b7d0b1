import { priorityOf, type TaskName, type TaskPayload, tasks } from "@twin/contracts/tasks";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";

type EnqueueOptions = {
  /**
   * `name`, or `name:organisation`, whatever follows. Of jobs with one key only one waits: a new one replaces it; a job
   * that already runs is followed by the new one.
   */
  key?: string;
  /** Milliseconds before which it doesn't run. */
  delayMs?: number;
};

const enqueue = statement(
  "jobs.enqueue",
  { task: "text", payload: "json", key: "text?", delay_ms: "float8", attempts: "int", priority: "int" },
  { queued: "text" },
  (p) => sql`
    select enqueue_job(
      ${p.task}, ${p.payload}, ${p.key}, clock_timestamp() + ${p.delay_ms} * interval '1 millisecond',
      ${p.attempts}, ${p.priority}
    )::text as queued`,
);

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
 * Queues a job in the caller's transaction: a rollback removes it, and workers see it after the commit. The database
 * refuses a job of another organisation than the transaction's, and from the API a job of none.
 */
export async function enqueueWithin<N extends TaskName>(
  tx: Tx,
  name: N,
  payload: TaskPayload<N>,
  options: EnqueueOptions = {},
): Promise<void> {
  await tx.query(
    enqueue({
      task: name,
      payload,
      key: options.key ?? null,
      delay_ms: options.delayMs ?? 0,
      attempts: tasks[name].attempts,
      priority: priorityOf(name),
    }),
  );
}

const rollup = statement(
  "jobs.enqueue_rollup",
  {},
  { queued: "text?" },
  () => sql`select enqueue_rollup()::text as queued`,
);

/**
 * Queues the rollup of the transaction's organisation, where none waits or runs. Whoever appends to the dirty log calls it;
 * marks that a rollup missed as it ended are found within a second (`enqueueMissed`).
 */
export async function enqueueRollup(tx: Tx): Promise<void> {
  await tx.query(rollup({}));
}

const missed = statement(
  "jobs.enqueue_missed",
  {},
  { rollups: "int" },
  () => sql`select enqueue_missed_rollups() as rollups`,
);

/** Queues rollups of organisations whose dirty log has marks, and that have no job. @returns how many */
export function enqueueMissed(db: Database): Promise<number> {
  return inTenant(db, { kind: "system", org_id: 0, job: "liveness", request_id: "liveness" }, async (tx) => {
    const [found] = await tx.query(missed({}));
    return found!.rollups;
  });
}

/** The key of the rollup of an organisation: there is one at a time. */
export const rollupKey = (org_id: number): string => `rollup:${org_id}`;

/** The key by which waiting refreshes of views become one: they are for all organisations at once. */
export const refreshKey = "refresh-views";
