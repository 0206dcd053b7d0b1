import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "../src/postgres/connect.ts";
import { type EmbeddedServer, startEmbedded } from "../src/postgres/embedded/embedded.ts";

/** For filling a data folder; all else is measured with the settings that the product's own server has. */
const loading = {
  shared_buffers: "2GB",
  work_mem: "256MB",
  maintenance_work_mem: "512MB",
  checkpoint_timeout: "1h",
  autovacuum: "off",
};

let running: EmbeddedServer | null = null;

// However we end, the server ends with us.
for (const event of ["SIGINT", "SIGTERM", "disconnect"] as const)
  process.on(event, () => void (running?.stop() ?? Promise.resolve()).finally(() => process.exit(1)));
// Who listens for the end of the launcher's channel would never end by themselves.
process.channel?.unref();

/** Starts the server of a data folder; `load`: for filling it, without a thought for a crash. */
export async function open(dataDir: string, load = false): Promise<EmbeddedServer> {
  const server = await startEmbedded({ dataDir, durable: !load, settings: load ? loading : {} });
  running = server;
  void server.exited.then(() => (running = running === server ? null : running));
  return server;
}

/**
 * Starts it with nothing in memory: its own buffers are gone with the restart, and the operating system is asked to
 * forget its files (Linux; elsewhere they may still be in its cache).
 */
export async function openCold(dataDir: string): Promise<EmbeddedServer> {
  if (process.platform === "linux") {
    const base = join(dataDir, "postgres", "base");
    const forget = 'find "$0" -type f -size +0 -print0 | xargs -0 -P 2 -I{} dd if={} iflag=nocache count=0 status=none';
    spawnSync("sh", ["-c", forget, base]);
  }
  return open(dataDir);
}

/** Milliseconds of CPU that server processes have used; null where the system doesn't tell. */
export function cpuOf(pids: readonly number[]): number | null {
  let ticks = 0;
  for (const pid of pids) {
    const file = `/proc/${pid}/stat`;
    if (!existsSync(file)) return null;
    const fields = readFileSync(file, "utf8").split(") ").at(-1)!.split(" ");
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * 10;
}

/**
 * Milliseconds of CPU that a server has used, its ended processes included, as its first process tells; null where the
 * system doesn't.
 */
export function cpuOfServer({ pid }: EmbeddedServer): number | null {
  const children = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(children)) return null;
  const [, ended] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  const fields = ended!.split(" ");
  const living = readFileSync(children, "utf8").trim().split(" ").map(Number);
  const each = [pid, ...living].map((one) => cpuOf([one]) ?? 0);
  return each.reduce((sum, one) => sum + one, 0) + (Number(fields[13]) + Number(fields[14])) * 10;
}

/** All processes of a server that are alive; an ended one takes what it used with it. */
export async function pidsOfServer(db: Database): Promise<number[]> {
  const { rows } = await db.pool.query<{ pid: number }>("select pid from pg_stat_activity");
  return rows.map(({ pid }) => pid);
}

/** The server processes behind a pool, all of whose connections are idle. */
export async function pidsOf(db: Database): Promise<number[]> {
  const { rows } = await db.pool.query<{ pid: number }>(
    "select pid from pg_stat_activity where application_name = current_setting('application_name') and backend_type = 'client backend'",
  );
  return rows.map(({ pid }) => pid);
}
