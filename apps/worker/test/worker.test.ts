import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { waitForJobs } from "@twin/db/jobs/wait";
import { readJobsStatus } from "@twin/db/jobs/status";
import { listRuns } from "@twin/db/lifecycle/runs";
import { startLifecycle } from "@twin/db/lifecycle/start";
import { rollupOrganization } from "@twin/db/figures/rollup";
import { useDatabase } from "@twin/db/test/database";
import { conversation, makeSender, people, useApplication } from "@twin/db/test/ingesting";
import { afterEach, expect, test } from "vitest";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
const application = useApplication(database);
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

const running = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of running) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await expect
    .poll(async () => (await readJobsStatus(application.db, installation)).workers, { timeout: 5_000 })
    .toBe(0);
});
const installation = systemOf(0);

/** Starts a worker process; ready when it says so. */
async function startWorker(env: Record<string, string> = {}): Promise<ChildProcess & { lines: string[] }> {
  const child = Object.assign(
    fork(main, {
      env: {
        ...process.env,
        DATABASE_URL: database.url,
        KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
        LOG_LEVEL: "debug",
        NODE_OPTIONS: "",
        ...env,
      },
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    }),
    { lines: [] as string[] },
  );
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.stdout!.on("data", (text: Buffer) => child.lines.push(...text.toString().split("\n").filter(Boolean)));
  await new Promise<void>((resolve, reject) => {
    child.once("message", (message) => message === "ready" && resolve());
    child.once("exit", (code) => reject(new Error(`the worker ended with ${code}: ${child.lines.join("\n")}`)));
  });
  return child;
}

const drained = async () => {
  const { drained: done, left } = await waitForJobs(application.db, { timeoutMs: 15_000 });
  if (!done) throw new Error(`not drained: ${JSON.stringify(left)}`);
};

const dailyOf = async (org_id: number) =>
  (
    await database.pool.query<{ day: string; s: number; m: number }>(
      "select metric_date::text as day, total_sessions s, total_messages m from daily_metrics where org_id = $1 and total_sessions > 0",
      [org_id],
    )
  ).rows;

test("figures follow what comes in, runs are recorded, and SIGTERM ends the worker in order", async () => {
  const worker = await startWorker();
  const sender = await makeSender(application.db);
  await sender.send([...people, conversation()]);
  await drained();
  expect(await dailyOf(sender.org_id)).toEqual([{ day: "2026-03-02", s: 1, m: 2 }]);
  const status = await readJobsStatus(application.db, sender.actor);
  expect(status).toMatchObject({ queued: 0, running: 0, failed: 0, workers: 1, days_waiting: 0 });
  expect(Date.now() - Date.parse(status.as_of!)).toBeLessThan(30_000);
  const { rows } = await database.pool.query("select distinct task, job_key, status from job_runs where org_id = $1", [
    sender.org_id,
  ]);
  expect(rows).toEqual([{ task: "metrics/rollup", job_key: `rollup:${sender.org_id}`, status: "done" }]);
  for (const line of worker.lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  worker.kill("SIGTERM");
  expect(await once(worker, "exit")).toEqual([0, null]);
});

test("whoever waited for the queue reads the monthly view as the figures are, after each batch", async () => {
  await startWorker();
  const sender = await makeSender(application.db);
  const monthly = async () =>
    (
      await database.pool.query<{ month: string; activities: number }>(
        "select month::text, activity_count as activities from mv_monthly_user_stats where org_id = $1 order by 1",
        [sender.org_id],
      )
    ).rows;
  await sender.send([...people, conversation()]);
  await drained();
  expect(await monthly()).toEqual([{ month: "2026-03-01", activities: 1 }]);
  await sender.send([conversation("a2", "2026-03-02T11:00:00.000Z"), conversation("a3", "2026-02-02T11:00:00.000Z")]);
  await drained();
  expect(await monthly()).toEqual([
    { month: "2026-02-01", activities: 1 },
    { month: "2026-03-01", activities: 2 },
  ]);
});

test(
  "what a killed worker had begun is finished by another within 5 seconds, as if once",
  { timeout: 180_000 },
  async () => {
    const first = await startWorker();
    const sender = await makeSender(application.db);
    const block = await database.pool.connect();
    try {
      // The rollup hangs in the middle of its transaction.
      await block.query("begin; lock table user_days in access exclusive mode");
      await sender.send([...people, conversation()]);
      await expect
        .poll(async () => (await readJobsStatus(application.db, sender.actor)).running, { timeout: 10_000 })
        .toBe(1);
      const second = await startWorker();
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      first.kill("SIGKILL");
      await once(first, "exit");
      const killed = Date.now();
      await block.query("rollback");
      await expect
        .poll(() => dailyOf(sender.org_id), { timeout: 8_000, interval: 100 })
        .toEqual([{ day: "2026-03-02", s: 1, m: 2 }]);
      expect(Date.now() - killed).toBeLessThan(5_000);
      await drained();
      const { rows } = await database.pool.query<{ status: string; error: string | null }>(
        "select status, error from job_runs where org_id = $1 order by id",
        [sender.org_id],
      );
      expect(rows[0]).toEqual({ status: "failed", error: "the worker was lost" });
      expect(rows.at(-1)).toEqual({ status: "done", error: null });
      expect(second.lines.join()).toContain("a worker died");
    } finally {
      block.release();
    }
  },
);

test("a poison job backs off while others go on", async () => {
  await startWorker();
  await database.pool.query(
    "set role twin_owner; select enqueue_job('metrics/rollup', '{\"org_id\": \"nobody\"}'); reset role",
  );
  const sender = await makeSender(application.db);
  await sender.send([...people, conversation()]);
  await expect.poll(() => dailyOf(sender.org_id), { timeout: 10_000 }).toHaveLength(1);
  const poison = async () =>
    (
      await database.pool.query<{ attempts: number; later: boolean }>(
        "select attempts, run_at > now() as later from graphile_worker._private_jobs where payload ->> 'org_id' = 'nobody' and locked_at is null",
      )
    ).rows;
  await expect.poll(poison, { timeout: 10_000 }).toMatchObject([{ later: true }]);
  await database.pool.query("delete from graphile_worker._private_jobs where payload ->> 'org_id' = 'nobody'");
});

test("a purge whose worker is killed in the middle is done by the next one, once", { timeout: 120_000 }, async () => {
  const sender = await makeSender(application.db);
  const [then, told] = [daysAgo(200), new Date(daysAgo(10))];
  await sender.send(
    people.map((one) => ({ ...one, created_at: then })),
    { now: told },
  );
  const { rejected } = await sender.send([conversation("old", then)], { now: told });
  expect(rejected).toEqual([]);
  const actor = { ...installation, org_id: sender.org_id };
  await rollupOrganization(application.db, actor, { now: told });
  await startLifecycle(application.db, actor);
  const doomed = await startWorker({ FAULT_AT: "sessions:deleted" });
  if (doomed.exitCode === null && doomed.signalCode === null) await once(doomed, "exit");
  expect(doomed.signalCode).toBe("SIGKILL");
  const left = async () =>
    (await database.pool.query("select from sessions where org_id = $1", [sender.org_id])).rowCount;
  expect(await left()).toBe(1);
  await startWorker();
  await expect.poll(left, { timeout: 180_000 }).toBe(0);
  await expect
    .poll(async () => (await listRuns(application.db, actor, { data_type: "sessions", limit: 9 })).runs, {
      timeout: 15_000,
    })
    .toMatchObject([{ status: "done", rows: 1 }]);
});

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
