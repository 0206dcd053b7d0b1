import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endLeftover, readPostmaster } from "./leftover.ts";
import { findNative } from "./native.ts";
import { settingsOfMachine } from "./settings.ts";
import { unprivileged, type Runner } from "./unprivileged.ts";

export interface EmbeddedOptions {
  /** Holds the cluster (postgres/), the log and the password. */
  dataDir: string;
  /** Default: any free one. */
  port?: number;
  /** false: no fsync, for throw-away servers of tests only. */
  durable?: boolean;
  /** Where the server programs are, default: PG_BIN_DIR, else the ones that come with the packages. */
  binDir?: string;
  /** Further server settings. */
  settings?: Record<string, string>;
}

export interface EmbeddedServer {
  port: number;
  major: number;
  pid: number;
  /** Whether a server that a crash had left behind was ended first. */
  tookOver: boolean;
  url: (database?: string) => string;
  /** Resolves when the server process ended, however it did. */
  exited: Promise<void>;
  /** Fast shutdown: open transactions are rolled back; after `within` ms a crash stop, which loses nothing committed. */
  stop: (within?: number) => Promise<void>;
}

/** Why the server could not start, in a sentence for a person. */
export class EmbeddedError extends Error {
  override name = "EmbeddedError";
}

const startWithin = 60_000;

/**
 * Starts a PostgreSQL server of our own on the loopback address, making its cluster at the first start. The superuser
 * is `postgres`, its password lies beside the cluster, readable by the owner only.
 * @throws EmbeddedError
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = realpathSync(options.dataDir);
  const runner = explained(() => unprivileged(findNative(options.binDir), dataDir));
  const data = join(dataDir, "postgres");
  const password = keptPassword(dataDir, runner);
  if (existsSync(data)) sameMajor(data, runner.native.major);
  else initialise(runner, dataDir, options.durable !== false);
  const tookOver = await endLeftover(data);
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const child = await launch(runner, dataDir, port, options).catch((error: Error) => {
      // After a kill -9 the old server's children need a moment to notice; a free port may be taken meanwhile.
      const passing = /shared memory block|Address already in use|lock file "postmaster.pid" already exists/.test(
        error.message,
      );
      if (passing && attempt < 40) return null;
      if (error instanceof EmbeddedError) throw error;
      throw new EmbeddedError(sentence(error.message, data, port));
    });
    if (child) return serverOf(child, port, runner, password, tookOver);
    await sleep(250);
  }
}

/** A port that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer().once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => found(typeof address === "object" && address ? address.port : 0));
    });
  });
}

function serverOf(
  child: ChildProcess,
  port: number,
  runner: Runner,
  password: string,
  tookOver: boolean,
): EmbeddedServer {
  const exited = new Promise<void>((done) =>
    (child.exitCode ?? child.signalCode) === null ? child.once("exit", () => done()) : done(),
  );
  return {
    port,
    major: runner.native.major,
    pid: child.pid!,
    tookOver,
    url: (database = "postgres") => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`,
    exited,
    stop: async (within = 7_000) => {
      child.kill("SIGINT");
      const late = setTimeout(() => child.kill("SIGQUIT"), within);
      await exited;
      clearTimeout(late);
    },
  };
}

function keptPassword(dataDir: string, runner: Runner): string {
  const file = join(dataDir, "postgres.password");
  if (!existsSync(file)) {
    if (existsSync(join(dataDir, "postgres")))
      throw new EmbeddedError(
        `${file} is gone, but the database beside it needs it: bring it back from a backup, or move ${dataDir} away to begin anew.`,
      );
    writeFileSync(file, randomBytes(24).toString("base64url"), { mode: 0o600 });
    runner.adopt(file);
  }
  return readFileSync(file, "utf8").trim();
}

function initialise(runner: Runner, dataDir: string, durable: boolean): void {
  // Made aside and renamed, so that an interrupted first start leaves no half cluster behind.
  const half = join(dataDir, "postgres.new");
  rmSync(half, { recursive: true, force: true });
  const locale =
    runner.native.major >= 17
      ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
      : ["--locale=C.UTF-8"];
  const args = [
    "-D",
    half,
    "-U",
    "postgres",
    "--auth=scram-sha-256",
    `--pwfile=${join(dataDir, "postgres.password")}`,
    "-E",
    "UTF8",
    ...locale,
    "--data-checksums",
    "--no-instructions",
  ];
  const [program, words] = runner.command("initdb", durable ? args : [...args, "--no-sync"]);
  const done = spawnSync(program, words, { ...runner.identity, env: environment(), encoding: "utf8" });
  if (done.status !== 0)
    throw new EmbeddedError(
      `PostgreSQL could not make its data folder in ${dataDir}: ${lastLine(done.stderr || String(done.error))}`,
    );
  renameSync(half, join(dataDir, "postgres"));
}

function sameMajor(data: string, major: number): void {
  const file = join(data, "PG_VERSION");
  if (!existsSync(file)) throw new EmbeddedError(damaged(data, "PG_VERSION is missing"));
  const made = Number(readFileSync(file, "utf8"));
  if (made === major) return;
  throw new EmbeddedError(
    `${data} was made by PostgreSQL ${made} and this is PostgreSQL ${major}: run it with PG_BIN_DIR set to the programs of ${made}, or choose another DATA_DIR.`,
  );
}

async function launch(runner: Runner, dataDir: string, port: number, options: EmbeddedOptions): Promise<ChildProcess> {
  const data = join(dataDir, "postgres");
  const logFile = join(dataDir, "postgres.log");
  if (existsSync(logFile) && statSync(logFile).size > 10_000_000) renameSync(logFile, `${logFile}.old`);
  const log = openSync(logFile, "a", 0o600);
  const begin = statSync(logFile).size;
  const settings = Object.entries({
    ...baseSettings(port),
    ...settingsOfMachine(),
    ...(options.durable === false ? throwAway : {}),
    ...options.settings,
  });
  const [program, words] = runner.command("postgres", [
    "-D",
    data,
    ...settings.flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ]);
  // A process group of its own: Ctrl-C in a terminal must reach the server last, not at once.
  const child = spawn(program, words, {
    ...runner.identity,
    env: environment(),
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  let failure: Error | null = null;
  child.once("error", (error) => (failure = error));
  for (const deadline = Date.now() + startWithin; Date.now() < deadline; await sleep(15)) {
    if (failure) throw failure;
    if (child.signalCode === "SIGKILL") throw new EmbeddedError("PostgreSQL was killed while it was starting.");
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(readFileSync(logFile).subarray(begin).toString("utf8"));
    const postmaster = readPostmaster(data);
    if (postmaster?.pid === child.pid && postmaster?.ready) return child;
  }
  child.kill("SIGQUIT");
  throw new Error(`no connection was possible within ${startWithin / 1000} s; see ${logFile}`);
}

function baseSettings(port: number): Record<string, string> {
  return {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "100",
    // Every partition of a query is a lock.
    max_locks_per_transaction: "256",
    timezone: "UTC",
    log_timezone: "UTC",
    log_line_prefix: "%m [%p] ",
    lc_messages: "C",
    // Ends the queries of a process that was killed, and with them its locks.
    ...(process.platform === "win32" ? {} : { client_connection_check_interval: "2s" }),
  };
}

const throwAway = {
  shared_buffers: "128MB",
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
};

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: "C", TZ: "UTC" };
}

function sentence(log: string, data: string, port: number): string {
  if (/Address already in use/.test(log)) return `Port ${port} is in use, PostgreSQL can't listen on it.`;
  if (/Permission denied|wrong ownership|invalid permissions/.test(log))
    return `PostgreSQL may not use ${data}: ${lastLine(log)}`;
  if (/No space left/.test(log)) return `The disk of ${data} is full.`;
  return damaged(data, lastLine(log));
}

function damaged(data: string, why: string): string {
  return `The data folder ${data} is damaged (${why}): restore a backup, or move the folder away to begin anew.`;
}

/** What a recovering server says to early connections: nothing is wrong with it. */
const tooEarly = /FATAL: +the database system is (starting up|not yet accepting|in recovery|shutting down)/;

/** The first fatal line of a log, without its time and process. */
function lastLine(log: string): string {
  const lines = log
    .trim()
    .split("\n")
    .filter((line) => !tooEarly.test(line));
  const said =
    lines.find((line) => /(FATAL|PANIC): /.test(line)) ??
    lines.findLast((line) => /error:/i.test(line)) ??
    lines.at(-1) ??
    "";
  return said.replace(/^.*?(FATAL|PANIC|error):\s*(but )?/i, "").trim();
}

function explained<Value>(act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    throw new EmbeddedError(error instanceof Error ? error.message : String(error));
  }
}
