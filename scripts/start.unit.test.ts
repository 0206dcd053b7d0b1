import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@twin/db/postgres/embedded/embedded";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { root } from "./stack/root.ts";

// How the stack starts and ends, as far as it gets with a database that takes connections and never answers.

let dataDir: string;
let port: number;
let silent: Server;
let connected: Promise<Socket>;
const started: ChildProcess[] = [];

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "ai-twin-start-"));
  port = await freePort();
  silent = createServer();
  connected = once(silent, "connection").then(([socket]) => (socket as Socket).on("error", () => {}).resume());
  await once(silent.listen(0, "127.0.0.1"), "listening");
});
afterEach(async () => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  silent.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const runFile = () => join(dataDir, "run.json");

const launcher = [process.execPath, "scripts/run.mjs", "start"];

function start(env: Record<string, string> = {}, command = [process.execPath, "scripts/start.ts"]) {
  const [program, ...words] = command;
  const child = spawn(program!, words, {
    cwd: root,
    env: {
      PATH: process.env["PATH"],
      DATA_DIR: dataDir,
      PORT: String(port),
      DATABASE_URL: `postgres://nobody@127.0.0.1:${portOf(silent)}/none`,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (said += text.toString()));
  return { child, said: () => said, ended: once(child, "close").then(([code]) => code as number | null) };
}

test("a wrong environment ends it with 78, and says what is wrong", async () => {
  const { said, ended } = start({ PORT: "many" });
  expect(await ended).toBe(78);
  expect(said()).toMatch(/^Wrong configuration:\n {2}PORT must be a number[^\n]*\n$/);
});

test("a port in use, and a folder in use, are named, and end it with 1", async () => {
  const busy = start({ PORT: String(portOf(silent)) });
  expect(await busy.ended).toBe(1);
  expect(busy.said()).toMatch(/^Port \d+ is in use: [^\n]+\n$/);
  expect(existsSync(runFile())).toBe(false);

  const first = start();
  await connected;
  const second = start();
  expect(await second.ended).toBe(1);
  expect(second.said()).toContain(`is in use by process ${JSON.parse(readFileSync(runFile(), "utf8")).pid}`);
  first.child.kill("SIGTERM");
  expect(await first.ended).toBe(0);
});

test("the launcher goes on as the supervisor, and a signal ends it with all that it started", async () => {
  const { child, ended } = start({}, launcher);
  const socket = await connected;
  expect(JSON.parse(readFileSync(runFile(), "utf8"))).toMatchObject({ pid: child.pid, script: "start.ts" });
  const gone = once(socket, "close");
  child.kill("SIGINT");
  expect(await ended).toBe(0);
  await gone;
  expect(existsSync(runFile())).toBe(false);
});

test("it ends by itself when its starter is gone: the parent, or npm behind the shell between them", async () => {
  for (const belowNpm of [false, true]) {
    const shell = `"${process.execPath}" scripts/run.mjs start; true`;
    const { child } = belowNpm
      ? start({ npm_lifecycle_event: "start" }, ["sh", "-c", `sh -c '${shell}'; true`])
      : start({}, ["sh", "-c", shell]);
    await vi.waitFor(() => expect(existsSync(runFile())).toBe(true), 10_000);
    child.kill("SIGKILL");
    await vi.waitFor(() => expect(existsSync(runFile())).toBe(false), 10_000);
  }
});

test("after kill -9 what prepares the stack ends, too", async () => {
  const { child } = start({}, launcher);
  const gone = once(await connected, "close");
  child.kill("SIGKILL");
  await gone;
});

test("who waits loads nothing but Node's own modules and our own", () => {
  const seen = new Set<string>();
  const foreign: string[] = [];
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const { resolve } = createRequire(file);
    for (const [, name] of readFileSync(file, "utf8").matchAll(
      /^(?:import|export) (?!type )[^;]*?from "([^"]+)";$/gm,
    )) {
      if (isBuiltin(name!)) continue;
      if (/^(\.|@twin\/)/.test(name!)) visit(resolve(name!));
      else foreign.push(`${name} in ${file}`);
    }
  };
  visit(join(root, "scripts/start.ts"));
  expect(seen.size).toBeGreaterThan(8);
  expect(foreign).toEqual([]);
});
