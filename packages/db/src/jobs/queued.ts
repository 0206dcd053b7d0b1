import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../tenancy/actor.ts";
import { recordAudit } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import { only, statement } from "../postgres/statement.ts";

/** A job of the queue. A finished one leaves it; what ran is in `job_runs`. */
export type QueuedJob = {
  id: number;
  task: string;
  job_key: string | null;
  /** Null: it belongs to no organisation. */
  org_id: number | null;
  state: "waiting" | "running" | "failed";
  attempts: number;
  max_attempts: number;
  run_at: string;
  locked_at: string | null;
  last_error: string | null;
};

const columnTypes = {
  id: "bigint",
  task: "text",
  job_key: "text?",
  org_id: "int?",
  state: only<QueuedJob["state"]>("text"),
  attempts: "int",
  max_attempts: "int",
  run_at: "timestamptz",
  locked_at: "timestamptz?",
  last_error: "text?",
} as const;

const queuedJobs = statement("jobs.queued", {}, columnTypes, () => sql`select * from queued_jobs()`, { plan: "each" });

const queuedJob = statement(
  "jobs.queued_by_id",
  { id: "bigint" },
  columnTypes,
  (p) => sql`select * from queued_jobs(${p.id})`,
  { plan: "each" },
);

const changing = (verb: "retry" | "cancel") =>
  statement(
    `jobs.${verb}`,
    { id: "bigint" },
    { done: "boolean" },
    (p) => sql`select ${sql.raw(verb)}_job(${p.id}) as done`,
    { plan: "each" },
  );
const changed = { retry: changing("retry"), cancel: changing("cancel") };

/** The jobs of the actor's organisation, in the order in which they are due; of every organisation for the system's own actor. */
export const listJobs = (db: Database, actor: Actor): Promise<QueuedJob[]> =>
  inTenant(db, actor, (tx) => tx.query(queuedJobs({})));

/** One job of the queue. @throws NOT_FOUND where it has left it, never was, or is another organisation's */
export async function readJob(db: Database, actor: Actor, id: number): Promise<QueuedJob> {
  const [job] = await inTenant(db, actor, (tx) => tx.query(queuedJob({ id })));
  if (job) return job;
  throw new DomainError("NOT_FOUND", `there is no job ${id} in the queue: it is done, or was never there`, {
    path: "id",
  });
}

/**
 * Changes a job and writes an audit row in its organisation. A job of no organisation has none: the audit log is kept by
 * organisation.
 */
async function change(db: Database, actor: Actor, id: number, verb: keyof typeof changed): Promise<QueuedJob> {
  const job = await readJob(db, actor, id);
  await inTenant(db, { ...actor, org_id: job.org_id ?? actor.org_id }, async (tx) => {
    const [answer] = await tx.query(changed[verb]({ id }));
    if (!answer?.done)
      throw new DomainError("CONFLICT", `job ${id} runs at this moment: try again when it has ended`, { path: "id" });
    if (job.org_id === null) return;
    const { task } = job;
    await recordAudit(tx, { action: `job.${verb}`, object_type: "job", object_id: String(id), details: { task } });
  });
  return job;
}

/** Makes a waiting or failed job due at once, with all its attempts again. @throws NOT_FOUND; CONFLICT while it runs */
export const retryJob = (db: Database, actor: Actor, id: number): Promise<QueuedJob> => change(db, actor, id, "retry");

/** Takes a waiting or failed job out of the queue. @throws NOT_FOUND; CONFLICT while it runs */
export const cancelJob = (db: Database, actor: Actor, id: number): Promise<QueuedJob> =>
  change(db, actor, id, "cancel");
