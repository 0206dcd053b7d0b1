import { join } from "node:path";
import { unlockKeys } from "@twin/db/tenancy/encryption/key-encryption-key";
import { exitConfig, readEnv } from "@twin/db/postgres/env";
import { openHeads } from "@twin/db/tenancy/audit/heads";
import { openLedger } from "@twin/db/privacy/erasures/ledger";
import { replayLedger } from "@twin/db/privacy/erasures/replay";
import { DomainError } from "@twin/db/tenancy/errors";
import { connectWorker } from "@twin/db/jobs/liveness";
import { logFactsOf } from "@twin/db/postgres/log-facts";
import { migrate } from "@twin/db/postgres/migrate";
import { whenReachable } from "@twin/db/tenancy/when-reachable";
import { pino } from "pino";
import { openArchive } from "./archive/open.ts";
import { ensureDemo } from "./demo/ensure.ts";
import { headsOf, ledgerOf, smtpOf, summaryEndpoint, WorkerEnv } from "./env.ts";
import { startPool } from "./pool.ts";

// The worker: does the jobs of the queue and of the schedule until it is told to stop. Everything that it does is a task.

const env = readEnv(WorkerEnv);
const log = pino({ level: env.LOG_LEVEL, base: { process: "worker" }, serializers: { err: logFactsOf } });
/** Less than the 8 s after which the supervisor kills, and than the 10 s that a drain may take at most. */
const drainMs = 7_500;

// The queue forgets a job that it can't report while the database is unreachable, and the job would stay locked. So the
// process ends, and the next one gets the job.
process.on("uncaughtException", (error) => {
  log.fatal({ err: error }, "the worker can't go on");
  process.exit(1);
});

const direct = env.DATABASE_DIRECT_URL ?? env.DATABASE_URL;
await whenReachable(() => migrate(direct));
const db = connectWorker(env.DATABASE_URL, { max: env.WORKER_CONCURRENCY + 2, prepare: env.PREPARE });
await unlockKeys(db, {
  key: env.KEY_ENCRYPTION_KEY,
  file: env.KEY_FILE ?? (env.DATA_DIR && join(env.DATA_DIR, "keys", "key-encryption-key")),
}).catch((error: unknown) => {
  if (!(error instanceof DomainError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(exitConfig);
});
const ledger = openLedger(ledgerOf(env));
// A database restored from an older copy holds people who were erased since: they are erased again.
const replayed = await replayLedger(db, ledger, new Date());
if (replayed.again > 0) log.warn(replayed, "people of the erasure ledger are erased again");
if (env.DEMO) await ensureDemo(db);
const reached = (place: string) => {
  if (place === env.FAULT_AT) process.kill(process.pid, "SIGKILL");
};
const pool = await startPool({
  db,
  url: direct,
  concurrency: env.WORKER_CONCURRENCY,
  log,
  env: { demo: env.DEMO, summary: summaryEndpoint(env), mail: smtpOf(env), ledger, heads: openHeads(headsOf(env)) },
  reached,
  archive: openArchive(env),
});
log.info({ concurrency: env.WORKER_CONCURRENCY }, "worker ready");
process.send?.("ready");

let stopping: Promise<void> | undefined;
const stop = (why: string) =>
  (stopping ??= (async () => {
    log.info({ why }, "worker stops");
    // Jobs that still run then are taken over by the next worker: every task may be killed anywhere.
    setTimeout(() => process.exit(1), drainMs).unref();
    await pool.stop();
    await db.close();
    process.exit(0);
  })());

process.on("SIGTERM", () => void stop("SIGTERM"));
process.on("SIGINT", () => void stop("SIGINT"));
process.on("disconnect", () => void stop("the supervisor is gone"));
pool.ended.then(
  () => void stop("the queue ended"),
  (error: Error) => {
    if (stopping) return;
    log.fatal({ err: error }, "the queue can't go on");
    process.exit(1);
  },
);
