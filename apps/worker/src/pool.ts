import { type TaskName, tasks } from "@twin/contracts/tasks";
import type { Archive } from "@twin/db/archives/files";
import type { Database } from "@twin/db/postgres/connect";
import { enqueueMissed } from "@twin/db/jobs/enqueue";
import { connectQueue, holdLiveness, releaseDeadJobs } from "@twin/db/jobs/liveness";
import { Logger, run, type TaskList, WorkerPreset } from "graphile-worker";
import type { Logger as Pino } from "pino";
import { schedule } from "./schedule.ts";
import { type QueuedJob, runTask, type WorkerSettings } from "./task.ts";

export type PoolOptions = {
  db: Database;
  /** A direct address of the database: the queue listens, and liveness is a lock on a connection. */
  url: string;
  concurrency: number;
  log: Pino;
  env: WorkerSettings;
  /** Called at places where a crash would leave something half-done. */
  reached?: (place: string) => void | Promise<void>;
  /** Where archives lie; null: nowhere. */
  archive?: Archive | null;
};

/** A running worker pool. */
export type Pool = {
  /** Rejects when the pool can't continue. */
  ended: Promise<void>;
  /** Takes no more jobs, tells running ones to stop at the next safe place, and resolves when they have. */
  stop(): Promise<void>;
};

/** How often jobs of dead pools are looked for; they must be taken over within 5 s. */
const tickMs = 1_000;

/** Starts working off the queue and the clock's schedule. */
export async function startPool(options: PoolOptions): Promise<Pool> {
  const { db, url, concurrency, log, env, reached = () => {}, archive = null } = options;
  const queue = connectQueue(url, { max: concurrency + 3 });
  const stopping = new AbortController();
  const taskList: TaskList = Object.fromEntries(
    (Object.keys(tasks) as TaskName[]).map((name) => [
      name,
      (payload: unknown, { job }: { job: QueuedJob }) =>
        runTask(name, payload, job, { db, signal: stopping.signal, log, url, env, reached, archive }),
    ]),
  );
  // Before the runner starts, so that its first pool is seen, too.
  const events = new (await import("node:events")).EventEmitter();
  const alive = Promise.withResolvers<Awaited<ReturnType<typeof holdLiveness>>>();
  alive.promise.catch(() => {});
  events.once("pool:create", ({ workerPool }: { workerPool: { id: string } }) => {
    holdLiveness(url, workerPool.id, (held) => {
      if (!held) log.warn("the sign of life was lost: taking it again");
    }).then(alive.resolve, alive.reject);
  });
  const runner = await run({
    preset: {
      extends: [WorkerPreset],
      worker: { concurrentJobs: concurrency, pollInterval: 1_000, gracefulShutdownAbortTimeout: 5_000 },
    },
    pgPool: queue.pool,
    taskList,
    parsedCronItems: schedule(env),
    noHandleSignals: true,
    events,
    logger: new Logger((scope) => (level, message, meta) => {
      const write = level === "warning" ? "warn" : level;
      // Our own task runner reports each job; the queue's report would repeat it.
      log[write === "info" && scope.jobId ? "debug" : write](
        { ...scope, ...(meta?.["error"] ? { err: meta["error"] } : {}) },
        message,
      );
    }),
  });
  const liveness = await alive.promise;
  const tick = setInterval(() => {
    releaseDeadJobs(db).then(
      (pools) => pools > 0 && log.warn({ pools }, "a worker died: its jobs were given back"),
      (error: Error) => log.warn({ err: error }, "could not look for dead workers"),
    );
    enqueueMissed(db).catch((error: Error) => log.warn({ err: error }, "could not look for missed rollups"));
  }, tickMs);
  return {
    ended: runner.promise,
    async stop() {
      clearInterval(tick);
      stopping.abort();
      await runner.stop().catch((error: Error) => log.warn({ err: error }, "the queue had stopped already"));
      await liveness.stop();
      await queue.close();
    },
  };
}
