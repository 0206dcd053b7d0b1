import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readEnv } from "@twin/db/postgres/env";
import { migrate } from "@twin/db/postgres/migrate";
import { checkServer } from "@twin/db/postgres/server";
import { ownDatabase, type StackDatabase } from "./stack/database.ts";
import { keepRunning, type Part } from "./stack/part.ts";
import { announce, claim, findRunning, release } from "./stack/run-file.ts";
import { root } from "./stack/root.ts";
import { settings } from "./stack/settings.ts";

// Gives twinctl its database: the one of DATABASE_URL, the one of the running stack, or one started for this command
// alone, with a worker beside it so that queued work gets done.

const env = readEnv(settings);
const words = process.argv.slice(2);
const say = (line: string) => process.stderr.write(`${line}\n`);

let command: ChildProcess | null = null;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => command?.kill(signal));
process.on("disconnect", () => command?.kill("SIGTERM"));

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
process.exit();

async function main(): Promise<number> {
  const needsNone = words.length === 0 || words.some((word) => word === "--help" || word === "-h" || word === "help");
  if (needsNone) return run(env.DATABASE_URL);
  if (env.DATABASE_URL) {
    await checkServer(env.DATABASE_DIRECT_URL ?? env.DATABASE_URL);
    return run(env.DATABASE_URL);
  }
  for (let waited = false; ; waited = true) {
    const other = findRunning(env.DATA_DIR) ?? (await claim(env.DATA_DIR, "twinctl.ts"));
    if (!other) return withOwn();
    if (other.script === "start.ts" && other.url && other.databaseUrl)
      return run(other.databaseUrl, { PORT: new URL(other.url).port });
    if (!waited) say(`waiting for process ${other.pid}, which is using ${env.DATA_DIR}`);
    await sleep(200);
  }
}

async function withOwn(): Promise<number> {
  let database: StackDatabase | null = null;
  let worker: Part | null = null;
  const script = join(root, "apps/worker/src/main.ts");
  try {
    database = await ownDatabase(env.DATA_DIR, say);
    await migrate(database.url);
    const { url: databaseUrl } = database;
    worker = keepRunning({
      name: "worker",
      script,
      cwd: root,
      // Demo data belongs to a started dashboard, not to a single command.
      env: { ...process.env, DATABASE_URL: databaseUrl, DATA_DIR: env.DATA_DIR, DEMO: "0" },
      logFile: join(env.DATA_DIR, "worker.log"),
      say,
      onStart: (pid) => announce(env.DATA_DIR, { script: "twinctl.ts", databaseUrl, parts: { [script]: pid } }),
      onHopeless: () => say(`the worker can't run, see ${join(env.DATA_DIR, "worker.log")}`),
    });
    return await run(databaseUrl);
  } finally {
    await worker?.stop(7_000);
    await database?.stop();
    release(env.DATA_DIR);
  }
}

function run(databaseUrl: string | undefined, running: { PORT?: string } = {}): Promise<number> {
  const script = join(root, "apps/worker/src/twinctl.ts");
  const given = databaseUrl ? { DATABASE_URL: databaseUrl } : {};
  command = spawn(process.execPath, [script, ...words], {
    stdio: "inherit",
    env: { ...process.env, ...running, ...given, DATA_DIR: env.DATA_DIR },
  });
  return new Promise((done, failed) => {
    command?.once("error", failed);
    command?.once("exit", (code, signal) => done(code ?? (signal ? 1 : 0)));
  });
}
