import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import type { Actor } from "../src/tenancy/actor.ts";
import type { Database } from "../src/postgres/connect.ts";
import { recordBatch } from "../src/records/ingest/record-batch.ts";
import { readCharts } from "../src/figures/metrics/charts.ts";
import { benchKey, type Loaded } from "./load/load.ts";
import { cpuOf, pidsOfServer } from "./server.ts";
import { openStream } from "./stream.ts";

const perBatch = 500;
const secondsOfLoad = 60;
/** How long the last figure may take before the wait for it is given up. */
const patienceMs = 60_000;

export type Freshness = {
  times: number[];
  asked_per_second: number;
  records_per_second: number;
  /** Milliseconds of CPU for 1,000 records; null where the system doesn't tell. */
  cpu: { ingest: number | null; worker: number | null; server: number | null };
};

/**
 * Records come in at a steady rate while a worker runs. Of each batch: how long after its transaction the organisation's
 * activities of today, asked for as the dashboard does (at each word that figures have changed), hold it.
 */
export async function measureFreshness(
  url: string,
  db: Database,
  service: Actor,
  loaded: Loaded,
  perSecond: number,
): Promise<Freshness> {
  const worker = startWorker(url);
  const listener = new pg.Client({ connectionString: url });
  try {
    await Promise.race([
      once(worker, "message"),
      sleep(60_000).then(() => Promise.reject(new Error("the worker does not start"))),
    ]);
    await listener.connect();
    await listener.query("listen figures");
    const today = async () => {
      const { buckets } = await readCharts(
        db,
        service,
        {
          interval: "day",
          start_date: dayBack(1),
          end_date: dayBack(0),
        },
        new Date(),
      );
      return buckets.reduce((sum, bucket) => sum + bucket.total, 0);
    };
    const before = await today();
    const waiting: { total: number; stored: number }[] = [];
    const times: number[] = [];
    let asking: Promise<void> | null = null;
    let again = false;
    const ask = () => {
      if (asking) return void (again = true);
      asking = (async () => {
        do {
          again = false;
          const shown = (await today()) - before;
          const at = performance.now();
          while (waiting[0] && waiting[0].total <= shown) times.push(at - waiting.shift()!.stored);
        } while (again);
        asking = null;
      })();
    };
    listener.on("notification", ask);

    // A seed of its own also for a run that is repeated after one that was cut off.
    const stream = openStream({ users: loaded.big.users, seed: Date.now() });
    const used = async () => ({
      ingest: cpuOf([process.pid]),
      worker: cpuOf([worker.pid!]),
      server: cpuOf(await pidsOfServer(db)),
    });
    const cpuBefore = await used();
    const begun = performance.now();
    let [activities, sent] = [0, 0];
    for (let i = 0; i < (perSecond * secondsOfLoad) / perBatch; i++) {
      const due = begun + (i * perBatch * 1_000) / perSecond;
      if (performance.now() < due) await sleep(due - performance.now());
      const records = stream(perBatch, () => new Date());
      const answer = await recordBatch(db, service, { records }, { now: new Date() });
      sent += records.length;
      activities += records.filter((record) => "activity_type" in record).length;
      waiting.push({ total: activities, stored: performance.now() });
      if (answer.rejected.length > 0) throw new Error(JSON.stringify(answer.rejected[0]));
    }
    const seconds = (performance.now() - begun) / 1_000;
    for (const end = performance.now() + patienceMs; waiting.length > 0 && performance.now() < end;) await sleep(100);
    const cpuAfter = await used();
    const per1000 = (which: keyof typeof cpuBefore) =>
      cpuBefore[which] === null || cpuAfter[which] === null
        ? null
        : ((cpuAfter[which] - cpuBefore[which]) * 1_000) / sent;
    const late = waiting.splice(0).map(({ stored }) => performance.now() - stored);
    return {
      times: [...times, ...late],
      asked_per_second: perSecond,
      records_per_second: sent / Math.max(seconds, secondsOfLoad),
      cpu: { ingest: per1000("ingest"), worker: per1000("worker"), server: per1000("server") },
    };
  } finally {
    await listener.end();
    worker.kill("SIGTERM");
    await once(worker, "exit");
  }
}

/** The product's own worker, as a process of its own. */
function startWorker(url: string): ChildProcess {
  const main = fileURLToPath(new URL("../../../apps/worker/src/main.ts", import.meta.url));
  return spawn(process.execPath, [main], {
    env: { ...process.env, DATABASE_URL: url, KEY_ENCRYPTION_KEY: benchKey, LOG_LEVEL: "warn", DEMO: "0" },
    stdio: ["ignore", 2, 2, "ipc"],
  });
}

const dayBack = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
