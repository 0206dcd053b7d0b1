import { type Actor, inTenant } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";

/** A job as the queue hands it out. */
export type StartedJob = { task: string; key: string | null; payload: unknown; attempt: number };

/**
 * Writes down that a job runs, for the actor's organisation (0: the system). A second attempt closes what the first
 * left open: whoever ran it was killed.
 * @returns the number of the run
 */
export function beginJobRun(db: Database, actor: Actor, job: StartedJob, now: Date): Promise<number> {
  return inTenant(db, actor, async (tx) => {
    const values = [tx.org_id, job.task, job.key, job.attempt, now.toISOString()];
    if (job.attempt > 1) {
      await tx.query({
        name: "close_lost_run",
        text: `update job_runs set status = 'failed', finished_at = $5, error = 'the worker was lost'
          where org_id = $1 and status = 'running' and task = $2 and job_key is not distinct from $3 and attempt = $4 - 1`,
        values,
      });
    }
    const [run] = await tx.query<{ id: number }>({
      name: "begin_job_run",
      text: `insert into job_runs (org_id, task, job_key, attempt, started_at, payload) values ($1, $2, $3, $4, $5, $6) returning id`,
      values: [...values, JSON.stringify(job.payload ?? {})],
    });
    return run!.id;
  });
}

/** Writes down how a run ended; `rows`: how many rows it wrote, where that says something. */
export async function endJobRun(
  db: Database,
  actor: Actor,
  id: number,
  end: { status: "done" | "failed" | "cancelled"; rows?: number | undefined; error?: string | undefined },
  now: Date,
): Promise<void> {
  await inTenant(db, actor, (tx) =>
    tx.query({
      name: "end_job_run",
      text: `update job_runs set status = $3, finished_at = $4, rows = $5, error = left($6, 2000) where org_id = $1 and id = $2`,
      values: [tx.org_id, id, end.status, now.toISOString(), end.rows ?? null, end.error ?? null],
    }),
  );
}
