import { randomUUID } from "node:crypto";
import { type TaskName, type TaskPayload, tasks } from "@twin/contracts/tasks";
import type { Actor } from "@twin/db/tenancy/actor";
import type { Archive } from "@twin/db/archives/files";
import type { Database } from "@twin/db/postgres/connect";
import type { Heads } from "@twin/db/tenancy/audit/heads";
import type { Ledger } from "@twin/db/privacy/erasures/ledger";
import { beginJobRun, endJobRun } from "@twin/db/jobs/record";
import { messageOf } from "@twin/db/postgres/log-facts";
import type { Logger } from "pino";
import type { Smtp } from "@twin/integrations/mail/smtp";
import type { Endpoint } from "@twin/integrations/summary/endpoint";

/** What tasks know of the environment. */
export type WorkerSettings = {
  demo: boolean;
  /** The service that writes summaries; null: conversations are quoted. */
  summary: Endpoint | null;
  /** The mail server; null: letters can't be sent. */
  mail: Smtp | null;
  ledger: Ledger;
  /** Where heads of the audit's chains are kept, outside of the database. */
  heads: Heads;
};

/** What a handler gets beside its payload. */
export type TaskContext = {
  db: Database;
  /** The system actor of the payload's organisation (0 where it names none). */
  actor: Actor;
  /** When the job began. */
  now: Date;
  /** Aborted when the worker must stop: end at the next safe place and queue the rest again. */
  signal: AbortSignal;
  /** The number of this run in `job_runs`. */
  runId: number;
  /** Whether this is the last attempt. */
  isLastTry: boolean;
  log: Logger;
  /** A direct address of the database, for work that can't pass a transaction or a pooler. */
  url: string;
  env: WorkerSettings;
  /** Called at places where a crash would leave something half-done. */
  reached: (place: string) => void | Promise<void>;
  /** Where archives lie; null: nowhere. */
  archive: Archive | null;
};

/** Runs one job. What it throws makes the queue try again later; `rows` is written into the job's record. */
export type TaskHandler<N extends TaskName> = (
  payload: TaskPayload<N>,
  context: TaskContext,
) => Promise<{ rows?: number } | void>;

/** Where each task's handler lies: name = path. A task without a handler fails the type check. */
export const handlers: { [N in TaskName]: () => Promise<{ default: TaskHandler<N> }> } = {
  "metrics/rollup": () => import("./tasks/metrics/rollup.ts"),
  "metrics/new-day": () => import("./tasks/metrics/new-day.ts"),
  "metrics/refresh-views": () => import("./tasks/metrics/refresh-views.ts"),
  "backfills/chunk": () => import("./tasks/backfills/chunk.ts"),
  "lifecycle/nightly": () => import("./tasks/lifecycle/nightly.ts"),
  "lifecycle/apply": () => import("./tasks/lifecycle/apply.ts"),
  "users/export": () => import("./tasks/users/export.ts"),
  "users/expire-exports": () => import("./tasks/users/expire-exports.ts"),
  "twins/follow-owners": () => import("./tasks/twins/follow-owners.ts"),
  "users/erase": () => import("./tasks/users/erase.ts"),
  "partitions/ensure": () => import("./tasks/partitions/ensure.ts"),
  "partitions/make": () => import("./tasks/partitions/make.ts"),
  "partitions/vacuum": () => import("./tasks/partitions/vacuum.ts"),
  "archives/verify": () => import("./tasks/archives/verify.ts"),
  "archives/restore": () => import("./tasks/archives/restore.ts"),
  "archives/drop-restored": () => import("./tasks/archives/drop-restored.ts"),
  "archives/expire": () => import("./tasks/archives/expire.ts"),
  "audit/seal": () => import("./tasks/audit/seal.ts"),
  "audit/verify": () => import("./tasks/audit/verify.ts"),
  "mail/send": () => import("./tasks/mail/send.ts"),
  "demo/fill": () => import("./tasks/demo/fill.ts"),
  "demo/remove": () => import("./tasks/demo/remove.ts"),
  "demo/resume": () => import("./tasks/demo/resume.ts"),
  "demo/trickle": () => import("./tasks/demo/trickle.ts"),
};

export type QueuedJob = { id: string; key: string | null; attempts: number; max_attempts: number };
type Surroundings = Pick<TaskContext, "db" | "signal" | "log" | "url" | "env" | "reached" | "archive">;

/**
 * Runs a job of the queue: parses its payload, records the run, logs a failure and passes it on to the queue.
 * @throws the handler's error, without anything by which a person could be recognised, and a ZodError for a wrong payload
 */
export async function runTask<N extends TaskName>(
  name: N,
  raw: unknown,
  job: QueuedJob,
  around: Surroundings,
): Promise<void> {
  const payload = tasks[name].payload.parse(raw) as TaskPayload<N>;
  const org_id = "org_id" in payload && typeof payload.org_id === "number" ? payload.org_id : 0;
  const log = around.log.child({ task: name, job_id: job.id, ...(org_id > 0 && { org_id }) });
  const actor: Actor = { kind: "system", org_id, job: name, request_id: `job:${job.id}:${randomUUID().slice(0, 8)}` };
  const started = performance.now();
  const runId = await beginJobRun(
    around.db,
    actor,
    { task: name, key: job.key, payload, attempt: job.attempts },
    new Date(),
  );
  if (runId === null) return log.info("the organisation is gone: nothing to do");
  const end = (how: Parameters<typeof endJobRun>[3]) => endJobRun(around.db, actor, runId, how, new Date());
  try {
    const { default: run } = await handlers[name]();
    const isLastTry = job.attempts >= job.max_attempts;
    const result = (await run(payload, { ...around, actor, now: new Date(), runId, isLastTry, log })) ?? {};
    await end({ status: "done", rows: result.rows });
    log.info({ ...result, ms: Math.round(performance.now() - started), attempt: job.attempts }, "job done");
  } catch (error) {
    log.error({ err: error, ms: Math.round(performance.now() - started), attempt: job.attempts }, "job failed");
    // Where the database is unreachable this fails, too, and the queue reports the job's failure again.
    const told = messageOf(error);
    await end({ status: "failed", error: told }).catch(() => {});
    // The queue stores and logs the error that it gets.
    throw new Error(told);
  }
}
