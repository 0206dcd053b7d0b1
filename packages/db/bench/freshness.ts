import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import type { Actor } from "../src/actor.ts";
import type { Database } from "../src/connect.ts";
import { recordBatch } from "../src/ingest/record-batch.ts";
import { readCharts } from "../src/metrics/charts.ts";
import { benchKey, type Loaded } from "./load/load.ts";
import { makeRecords } from "./records.ts";

const perBatch = 250;
const secondsOfLoad = 60;
/** How long the last figure may take before the wait for it is given up. */
const patienceMs = 60_000;

export type Freshness = { times: number[]; asked_per_second: number; records_per_second: number };

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
      const { buckets } = await readCharts(db, service, {
        interval: "day",
        start_date: dayBack(1),
        end_date: dayBack(0),
      });
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

    const begun = performance.now();
    let total = 0;
    for (let i = 0; i < (perSecond * secondsOfLoad) / perBatch; i++) {
      const due = begun + (i * perBatch * 1_000) / perSecond;
      if (performance.now() < due) await sleep(due - performance.now());
      const seed = 1_000_000 + loaded.runs * 1_000 + i;
      const now = Date.now() - 10_000;
      const records = makeRecords(perBatch, {
        users: loaded.big.users,
        seed,
        at: (r) => new Date(now + Math.floor(r * 1_000)),
      });
      const answer = await recordBatch(db, service, { records });
      total += answer.accepted;
      waiting.push({ total, stored: performance.now() });
      if (answer.rejected.length > 0) throw new Error(JSON.stringify(answer.rejected[0]));
    }
    const seconds = (performance.now() - begun) / 1_000;
    for (const end = performance.now() + patienceMs; waiting.length > 0 && performance.now() < end;) await sleep(100);
    const late = waiting.splice(0).map(({ stored }) => performance.now() - stored);
    return {
      times: [...times, ...late],
      asked_per_second: perSecond,
      records_per_second: total / Math.max(seconds, secondsOfLoad),
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
