import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { demoLogins } from "@twin/db/access/demo";
import { makeSetupLink } from "@twin/db/access/links";
import { connect } from "@twin/db/postgres/connect";
import { exitConfig, readEnv } from "@twin/db/postgres/env";
import { migrate } from "@twin/db/postgres/migrate";
import { isFree, untilServed } from "./stack/answers.ts";
import { givenDatabase, ownDatabase, type StackDatabase } from "./stack/database.ts";
import { keepRunning, type Part } from "./stack/part.ts";
import { announce, claim, release } from "./stack/run-file.ts";
import { root, settings } from "./stack/settings.ts";
import { buildWeb } from "./stack/web-build.ts";

// The local stack: PostgreSQL, migrations, api (which serves the dashboard) and worker, until a signal ends it.

const env = readEnv(settings);
// Its passwords are published: where other machines can come in, it is there only if asked for by name.
const isOpen = !/^(localhost|127(\.\d{1,3}){3}|::1)$/.test(env.HOST);
const demo = env.DEMO ?? (!env.DATABASE_URL && !isOpen);
const url = `http://127.0.0.1:${env.PORT}`;
const stopWithin = 7_000;
const workerReadyWithin = 30_000;

const say = (line: string) => process.stdout.write(`${line}\n`);
const parts: Record<string, number> = {};
const running: Part[] = [];
const stopping = new AbortController();
let opening: Promise<StackDatabase> | null = null;
let building: ChildProcess | null = null;

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop(0));
// Our launcher is gone, however it went.
process.on("disconnect", () => void stop(0));
process.on("uncaughtException", fail);

await start().catch(fail);

async function start(): Promise<void> {
  const other = await claim(env.DATA_DIR, "start.ts");
  if (other) {
    const where = other.url ? ` at ${other.url}` : "";
    throw new Error(
      `${env.DATA_DIR} is in use by process ${other.pid}${where}: stop that one, or set DATA_DIR to another folder.`,
    );
  }
  if (!(await isFree(env.PORT))) {
    throw new Error(
      `Port ${env.PORT} is in use: stop what listens there, or choose another one with PORT=${env.PORT + 1} npm start.`,
    );
  }
  const [database] = await Promise.all([
    openDatabase(),
    buildWeb(root, (child) => (building = child)).finally(() => (building = null)),
  ]);
  if (stopping.signal.aborted) return;
  const worker = part("worker", database);
  part("api", database);
  await Promise.all([
    untilServed(url, stopping.signal),
    Promise.race([worker.ready, sleep(workerReadyWithin, null, { ref: false })]),
  ]);
  if (stopping.signal.aborted) return;
  if (demo) for (const { role, email, password } of demoLogins) say(`sign in as ${role}: ${email} / ${password}`);
  else await sayHowToBegin(database);
  say(`ready ${url}`);
}

/** While nobody has an account: the link that makes its visitor the owner. It goes to the terminal, and into no log. */
async function sayHowToBegin(database: StackDatabase): Promise<void> {
  const db = connect(database.url, { max: 1, applicationName: "twin start" });
  const token = await makeSetupLink(db).finally(() => db.close());
  if (token !== null) say(`create the owner: ${env.PUBLIC_URL?.origin ?? url}/sign-in?setup=${token}`);
}

async function openDatabase(): Promise<StackDatabase> {
  const { DATABASE_URL: given, DATABASE_DIRECT_URL: direct } = env;
  opening = given ? givenDatabase(given, direct) : ownDatabase(env.DATA_DIR, say);
  const database = await opening;
  if (!stopping.signal.aborted) await migrate(direct ?? database.url);
  return database;
}

function part(name: "api" | "worker", database: StackDatabase): Part {
  const script = join(root, "apps", name, "src/main.ts");
  const started = keepRunning({
    name,
    script,
    // Node lets what is young grow to 130 MB before it looks what is needed; the Dockerfile says the same.
    ...(name === "api" && { node: ["--max-semi-space-size=16"] }),
    cwd: root,
    env: {
      ...process.env,
      PORT: String(env.PORT),
      DATABASE_URL: database.url,
      DATA_DIR: env.DATA_DIR,
      DEMO: demo ? "1" : "0",
    },
    logFile: join(env.DATA_DIR, `${name}.log`),
    say,
    onStart: (pid) => {
      parts[script] = pid;
      if (stopping.signal.aborted) return;
      announce(env.DATA_DIR, { script: "start.ts", url, databaseUrl: database.url, parts });
    },
    onHopeless: (code) => {
      process.stderr.write(`${name} can't run: what it said is above and in ${join(env.DATA_DIR, `${name}.log`)}\n`);
      void stop(code === exitConfig ? exitConfig : 1);
    },
  });
  running.push(started);
  return started;
}

function fail(error: unknown): void {
  if (!stopping.signal.aborted) process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  void stop(1);
}

/** Parts first, so that they can finish what they accepted; PostgreSQL last. */
async function stop(code: number): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  process.exitCode = code;
  if (building?.pid) endGroup(building.pid);
  await Promise.all(running.map((each) => each.stop(stopWithin)));
  // A server that is just being started is waited for, or it would be left behind.
  const database = await opening?.catch(() => null);
  await database?.stop();
  release(env.DATA_DIR);
  process.exit();
}

function endGroup(pid: number): void {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGTERM");
  } catch {
    // It ended by itself in this very moment.
  }
}
