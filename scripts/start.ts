import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isFree } from "./stack/answers.ts";
import { ownDatabase, type StackDatabase } from "./stack/database.ts";
import { keepRunning, type Part } from "./stack/part.ts";
import { PreparationEnded, startPreparation, type StackSettings } from "./stack/preparation.ts";
import { root } from "./stack/root.ts";
import { announce, claim, release } from "./stack/run-file.ts";
import { whenStarterIsGone } from "./stack/starter.mjs";

// The local stack: PostgreSQL, migrations, api (which serves the dashboard) and worker, until a signal ends it. It waits as
// long as they run, so it loads nothing but what starts them again; a test holds that.

const stopWithin = 7_000;
const workerReadyWithin = 30_000;

const say = (line: string) => process.stdout.write(`${line}\n`);
const parts: Record<string, number> = {};
const running: Part[] = [];
const stopping = new AbortController();
const preparation = startPreparation();
let claimed: string | null = null;
let opening: Promise<StackDatabase> | null = null;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0));
// Whoever started us is gone, however it went.
process.on("disconnect", () => void stop(0));
whenStarterIsGone(() => void stop(0));
process.on("uncaughtException", fail);

await start().catch(fail);

async function start(): Promise<void> {
  const settings = await preparation.settings;
  const { dataDir, port, given } = settings;
  const other = await claim(dataDir, "start.ts");
  if (other) {
    const where = other.url ? ` at ${other.url}` : "";
    throw new Error(
      `${dataDir} is in use by process ${other.pid}${where}: stop that one, or set DATA_DIR to another folder.`,
    );
  }
  claimed = dataDir;
  if (!(await isFree(port))) {
    throw new Error(
      `Port ${port} is in use: stop what listens there, or choose another one with PORT=${port + 1} npm start.`,
    );
  }
  if (stopping.signal.aborted) return;
  opening = given ? Promise.resolve({ url: given, stop: async () => {} }) : ownDatabase(dataDir, say);
  const database = await opening;
  if (stopping.signal.aborted) return;
  await preparation.prepare(database.url);
  if (stopping.signal.aborted) return;
  const worker = part("worker", settings, database);
  part("api", settings, database);
  await Promise.all([
    preparation.greeted(),
    Promise.race([worker.ready, sleep(workerReadyWithin, null, { ref: false })]),
  ]);
  if (!stopping.signal.aborted) say(`ready ${urlOf(settings)}`);
}

function urlOf({ port }: StackSettings): string {
  return `http://127.0.0.1:${port}`;
}

function part(name: "api" | "worker", settings: StackSettings, database: StackDatabase): Part {
  const { dataDir, port, demo } = settings;
  const script = join(root, "apps", name, "src/main.ts");
  const started = keepRunning({
    name,
    script,
    // Node lets what is young grow to 130 MB before it looks what is needed; docker-compose.yml says the same.
    node: ["--max-semi-space-size=16"],
    cwd: root,
    env: {
      ...process.env,
      PORT: String(port),
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      DEMO: demo ? "1" : "0",
    },
    logFile: join(dataDir, `${name}.log`),
    say,
    onStart: (pid) => {
      parts[script] = pid;
      if (stopping.signal.aborted) return;
      announce(dataDir, { script: "start.ts", url: urlOf(settings), databaseUrl: database.url, parts });
    },
    onHopeless: (code) => {
      process.stderr.write(`${name} can't run: what it said is above and in ${join(dataDir, `${name}.log`)}\n`);
      void stop(code);
    },
  });
  running.push(started);
  return started;
}

function fail(error: unknown): void {
  if (error instanceof PreparationEnded) return void stop(error.code);
  if (!stopping.signal.aborted) process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  void stop(1);
}

/** Parts first, so that they can finish what they accepted; PostgreSQL last. */
async function stop(code: number): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  process.exitCode = code;
  await Promise.all([preparation.stop(), ...running.map((each) => each.stop(stopWithin))]);
  // A server that is just being started is waited for, or it would be left behind.
  const database = await opening?.catch(() => null);
  await database?.stop();
  if (claimed) release(claimed);
  process.exit();
}
