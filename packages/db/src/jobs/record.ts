import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";

/** A job as it comes from the queue. */
export type StartedJob = { task: string; key: string | null; payload: unknown; attempt: number };

const closeLostRun = statement(
  "jobs.close_lost_run",
  { org_id: "int", task: "text", key: "text?", attempt: "int", now: "timestamptz" },
  {},
  (p) => sql`
    update job_runs set status = 'failed', finished_at = ${p.now}, error = 'the worker was lost'
    where org_id = ${p.org_id} and status = 'running' and task = ${p.task} and job_key is not distinct from ${p.key}
      and attempt = ${p.attempt} - 1`,
);

const beginRun = statement(
  "jobs.begin_run",
  { org_id: "int", task: "text", key: "text?", attempt: "int", now: "timestamptz", payload: "jsonb" },
  { id: "bigint" },
  (p) => sql`
    insert into job_runs (org_id, task, job_key, attempt, started_at, payload)
    select ${p.org_id}, ${p.task}, ${p.key}, ${p.attempt}, ${p.now}, ${p.payload}
    where ${p.org_id} = 0 or exists (
      select from organizations where id = ${p.org_id} and (closed_at is null or ${p.task} = 'demo/remove')
    ) returning id`,
);

/**
 * Stores that a job runs, for the actor's organisation (0: the system). A second attempt closes the run of the first one,
 * whose worker was killed.
 * @returns the number of the run; null where the organisation is gone or being removed, which leaves nothing behind
 */
export function beginJobRun(db: Database, actor: Actor, job: StartedJob, now: Date): Promise<number | null> {
  return inTenant(db, actor, async (tx) => {
    const { task, key, attempt } = job;
    const begun = { org_id: tx.org_id, task, key, attempt, now: now.toISOString() };
    if (attempt > 1) await tx.query(closeLostRun(begun));
    const [run] = await tx.query(beginRun({ ...begun, payload: job.payload ?? {} }));
    return run?.id ?? null;
  });
}

const endRun = statement(
  "jobs.end_run",
  { org_id: "int", id: "bigint", status: "text", now: "timestamptz", rows: "bigint?", error: "text?" },
  {},
  (p) => sql`
    update job_runs set status = ${p.status}, finished_at = ${p.now}, rows = ${p.rows}, error = left(${p.error}, 2000)
    where org_id = ${p.org_id} and id = ${p.id}`,
);

/** Stores how a run ended; `rows`: how many rows it wrote, where that says something. */
export async function endJobRun(
  db: Database,
  actor: Actor,
  id: number,
  end: { status: "done" | "failed" | "cancelled"; rows?: number | undefined; error?: string | undefined },
  now: Date,
): Promise<void> {
  const { status, rows = null, error = null } = end;
  await inTenant(db, actor, (tx) =>
    tx.query(endRun({ org_id: tx.org_id, id, status, now: now.toISOString(), rows, error })),
  );
}
