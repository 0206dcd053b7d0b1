import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { waitForJobs } from "@twin/db/jobs/wait";
import type { Database } from "@twin/db/postgres/connect";

const { PATH, NODE_COMPILE_CACHE } = process.env;
const key = Buffer.alloc(32, 7).toString("base64");

export type Worker = { child: ChildProcess; told: () => string };

/** Starts a worker process; ready when it says so. `told`: what it has told, on both streams. */
export async function startWorker(env: Record<string, string>): Promise<Worker> {
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const child = fork(main, {
    // What earlier starts compiled is read instead of compiled anew.
    env: { PATH, NODE_COMPILE_CACHE, KEY_ENCRYPTION_KEY: key, LOG_LEVEL: "trace", ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let told = "";
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (text: Buffer) => (told += String(text)));
  await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`the worker ended with ${String(code)}: ${told}`))),
  ]);
  return { child, told: () => told };
}

/** Waits until nothing is left to do. */
export async function drained(db: Database): Promise<void> {
  const { drained: done, left } = await waitForJobs(db, { timeoutMs: 60_000 });
  if (!done) throw new Error(`not drained: ${JSON.stringify(left)}`);
}

export type Ended = { code: number | null; out: string; err: string };

/** Runs the command line as a person would. */
export function runTwinctl(
  env: Record<string, string>,
  words: readonly string[],
  input: string | Buffer = "",
): Promise<Ended> {
  const script = fileURLToPath(new URL("../src/twinctl.ts", import.meta.url));
  const child = spawn(process.execPath, [script, ...words], { env: { ...process.env, ...env } });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  // A command that is wrong ends before it has read anything.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return new Promise((done) => child.once("close", (code) => done({ code, out, err })));
}

/** The result of a command with `--json`: its last line. */
export const resultOf = ({ out }: Pick<Ended, "out">) =>
  JSON.parse(out.trimEnd().split("\n").at(-1)!) as Record<string, unknown>;
