import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { benchKey } from "@twin/db/bench/load/load";
import { cpuOf, cpuOfServer, open } from "@twin/db/bench/server";
import { connect, type Database } from "@twin/db/postgres/connect";
import { freePort } from "@twin/db/postgres/embedded/embedded";
import { migrate } from "@twin/db/postgres/migrate";
import { unlockKeys } from "@twin/db/tenancy/encryption/key-encryption-key";

/** Milliseconds of CPU; null where the system doesn't tell. */
export type Cpu = { api: number | null; worker: number | null; postgres: number | null };

/** The product as npm start runs it: its server, its api and its worker, each a process of its own. */
export type Product = {
  databaseUrl: string;
  url: string;
  major: number;
  db: Database;
  cpu: () => Cpu;
  /** Megabytes that the api held at most since `forgetPeak`; null where the system doesn't tell. */
  peakOfApi: () => number | null;
  forgetPeak: () => void;
  stop: () => Promise<void>;
};

const main = (app: string) => fileURLToPath(new URL(`../../../${app}/src/main.ts`, import.meta.url));

/** Starts the product on a data folder. @throws Error where a part of it ends instead of being ready */
export async function startProduct(dataDir: string): Promise<Product> {
  const server = await open(dataDir);
  const parts: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(
      parts.map(async (part) => {
        if (part.exitCode !== null || part.signalCode !== null) return;
        part.kill("SIGTERM");
        await once(part, "exit");
      }),
    );
    await server.stop(60_000);
  };
  try {
    const databaseUrl = server.url();
    await migrate(databaseUrl);
    const db = connect(databaseUrl, { max: 4, applicationName: "bench" });
    await unlockKeys(db, { key: benchKey });
    const port = await freePort();
    const env = {
      ...process.env,
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
      KEY_ENCRYPTION_KEY: benchKey,
      LOG_LEVEL: "warn",
      DEMO: "0",
    };
    // Node's arguments are those of scripts/start.ts.
    for (const app of ["api", "worker"])
      parts.push(
        spawn(process.execPath, ["--max-semi-space-size=16", main(app)], { env, stdio: ["ignore", 2, 2, "ipc"] }),
      );
    const [api, worker] = parts as [ChildProcess, ChildProcess];
    await Promise.all(
      parts.map((part) =>
        Promise.race([
          once(part, "message"),
          once(part, "exit").then(([code]) => Promise.reject(new Error(`a part of the product ended with ${code}`))),
        ]),
      ),
    );
    return {
      databaseUrl,
      url: `http://127.0.0.1:${port}`,
      major: server.major,
      db,
      cpu: () => ({ api: cpuOf([api.pid!]), worker: cpuOf([worker.pid!]), postgres: cpuOfServer(server) }),
      peakOfApi: () => peakOf(api.pid!),
      forgetPeak: () => {
        // 5: what it held at most begins anew.
        if (existsSync(`/proc/${api.pid}/clear_refs`)) writeFileSync(`/proc/${api.pid}/clear_refs`, "5");
      },
      stop: async () => {
        await db.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function peakOf(pid: number): number | null {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return null;
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(file, "utf8")) ?? [];
  return kilobytes === undefined ? null : Number(kilobytes) / 1_000;
}
