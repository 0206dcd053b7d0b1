// The way in for a fresh clone, for any Node >= 18: brings pnpm and, only where this Node is too old to run TypeScript,
// a newer one into .runtime/, installs what the lockfile names, then runs what was asked for.
//   node scripts/run.mjs start | test | full | faults … | mutants … | check | fuzz … | bench … | pictures … | twinctl …
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { whenStarterIsGone } from "./stack/starter.mjs";

const pnpm = "12.21.0";
const newerNode = "24.21.0";
/** What `bench` measures, and where. */
const benches = {
  ingest: "apps/api/bench",
  analytics: "packages/db/bench",
  lifecycle: "apps/worker/bench",
  slack: "apps/worker/bench",
  start: "scripts/bench",
  memory: "scripts/bench",
  web: "scripts/bench",
};

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const runtime = join(root, ".runtime");
const windows = process.platform === "win32";
const [command = "start", ...words] = process.argv.slice(2);

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const modern = major > 22 || (major === 22 && minor >= 18);
const nodePackage = `node-${windows ? "win" : process.platform}-${process.arch}`;
const nodeFolder = modern ? dirname(process.execPath) : join(runtime, "node", "node_modules", nodePackage, "bin");
const node = modern ? process.execPath : join(nodeFolder, windows ? "node.exe" : "node");
const env = environment();

bringToolchain();
bringDependencies();
process.exitCode = await run();

function bringToolchain() {
  if (!modern && !["linux-x64", "linux-arm64", "win32-x64"].includes(`${process.platform}-${process.arch}`)) {
    fail(
      `This needs Node 22.18 or newer, and this is Node ${process.versions.node}: install it from https://nodejs.org.`,
    );
  }
  bring("pnpm", `pnpm@${pnpm}`);
  if (!modern) bring("node", `${nodePackage}@${newerNode}`);
}

/** Each tool in a folder of its own: npm would remove what another run, under another Node, had brought. */
function bring(tool, version) {
  const prefix = join(runtime, tool);
  once(tool, version, join(prefix, "node_modules"), () => {
    say(`bringing ${version}`);
    mkdirSync(prefix, { recursive: true });
    const quiet = ["--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
    must(
      "npm",
      ["install", "--prefix", prefix, ...quiet, version],
      "npm could not bring the tools; is there a network?",
    );
  });
}

function bringDependencies() {
  const rooms = ["apps", "packages"].flatMap((folder) =>
    readdirSync(join(root, folder)).map((room) => join(folder, room, "package.json")),
  );
  const manifests = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json", ...rooms];
  const files = manifests.map((file) => join(root, file)).filter((file) => existsSync(file));
  const state = [process.platform, process.arch, ...files.map((file) => readFileSync(file, "utf8"))].join("\0");
  once("dependencies", createHash("sha256").update(state).digest("hex"), join(root, "node_modules"), () => {
    say("installing dependencies");
    const args = ["install", "--frozen-lockfile", "--reporter=append-only", "--loglevel=error"];
    must("pnpm", args, "The dependencies could not be installed; is there a network?");
  });
}

async function run() {
  if (command === "start") return become([join(root, "scripts", "start.ts")]);
  if (command === "twinctl") return follow([join(root, "scripts", "twinctl.ts"), ...words]);
  if (command === "check") return check();
  if (command === "test") return test();
  if (command === "full") return full();
  if (command === "faults") return faults();
  if (command === "mutants") return mutants();
  if (command === "fuzz") return fuzz();
  if (command === "bench") return bench();
  if (command === "pictures") return follow([join(root, "apps", "web", "pictures", "take.ts"), ...words]);
  fail(
    `Unknown command ${command}: it is start, test, full, faults, mutants, check, fuzz, bench, pictures or twinctl.`,
  );
}

async function check() {
  const steps = [
    ["lint", "oxlint", []],
    ["format", "oxfmt", ["--check", "."]],
    ["types", "turbo", ["run", "check", "check:types", "--output-logs=errors-only"]],
    ["dead code", "knip", ["--no-config-hints", "--cache", "--cache-location", "node_modules/.cache/knip"]],
  ];
  const results = await Promise.all(steps.map(([name, tool, args]) => captured(name, tool, args)));
  for (const { name, code, output, seconds } of results) {
    if (code !== 0) process.stdout.write(output);
    say(`${code === 0 ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
  }
  return results.some(({ code }) => code !== 0) ? 1 : 0;
}

/** Everything, also what takes minutes, and then whether the tests would notice mistakes. */
async function full() {
  const code = await test({ FULL: "1" });
  return code === 0 && words.length === 0 ? (await faults()) || mutants() : code;
}

/** Plants known mistakes in a copy, one at a time, and names those that no test notices. */
function faults() {
  return follow([join(root, "scripts", "faults", "run.ts"), ...words]);
}

/** Changes pure TypeScript in every small way, in a copy, and asks the unit tests; a file or pattern: of these alone. */
function mutants() {
  const stryker = join(root, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
  const chosen = words.length > 0 ? ["--mutate", words.join(",")] : [];
  return follow([stryker, "run", "scripts/mutants/stryker.config.mjs", ...chosen]);
}

/** Hostile requests to an api of its own, with the dashboard as it stands. */
function fuzz() {
  const build = ["run", "build", "--filter=@twin/web", "--output-logs=errors-only"];
  must("turbo", build, "The dashboard could not be built.");
  return follow([join(root, "apps", "api", "fuzz", "main.ts"), ...words]);
}

/** What takes how long, on data of a size: prints figures, judges nothing, is never a test. */
function bench() {
  const [name, ...rest] = words;
  if (!Object.hasOwn(benches, name ?? "")) {
    fail(`Say what to measure: npm run bench -- ${Object.keys(benches).join(", ")}`);
  }
  return follow([join(root, benches[name], `${name}.ts`), ...rest]);
}

function captured(name, tool, args) {
  const begin = Date.now();
  return new Promise((done) => {
    const child = spawn(tool, args, { cwd: root, env, shell: windows });
    let output = "";
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (output += text));
    child.on("error", (error) => (output += error.message));
    child.on("close", (code) => done({ name, code, output, seconds: ((Date.now() - begin) / 1000).toFixed(1) }));
  });
}

/** `full`: on both servers also what asks the same of both. */
async function test(more = {}) {
  if (!existsSync("/usr/lib/postgresql/15/bin/postgres")) {
    say("PostgreSQL 15 is not installed in /usr/lib/postgresql/15: the database tests run on 18 only");
  }
  const results = join(runtime, "test-results.json");
  writeFileSync(results, "{}");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
  Object.assign(env, more);
  const code = await follow([vitest(), "run", ...reporters, ...words]);
  const {
    numPassedTests: passed = 0,
    numFailedTests: tests = 0,
    testResults: files = [],
  } = JSON.parse(readFileSync(results, "utf8"));
  // A file that can't even be loaded has no tests that could fail.
  const unloaded = files.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
  console.log(`${passed} passed, ${code === 0 ? tests + unloaded : Math.max(1, tests + unloaded)} failed`);
  return code;
}

function vitest() {
  return join(dirname(createRequire(join(root, "package.json")).resolve("vitest/package.json")), "vitest.mjs");
}

/** Goes on as a program of ours, which then hears signals itself: one process less waits. Where Node can't, follows it. */
function become(args) {
  if (!process.execve || windows) return follow(args);
  process.chdir(root);
  const { npm_lifecycle_event = "" } = process.env;
  return process.execve(node, [node, ...args], { ...env, npm_lifecycle_event });
}

/** Runs a program of ours to its end, handing it our signals; it ends by itself when we are gone (IPC), and we end it when npm is. */
function follow(args) {
  const child = spawn(node, args, {
    cwd: command === "twinctl" ? process.cwd() : root,
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env,
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => child.kill(signal === "SIGHUP" ? "SIGTERM" : signal));
  whenStarterIsGone(() => child.kill("SIGTERM"));
  return new Promise((done) => {
    child.on("error", (error) => fail(error.message));
    child.on("exit", (code, signal) => done(code ?? (signal ? 1 : 0)));
  });
}

/** Does something unless it was done to its end for the same state before and its folder is still there. */
function once(name, state, folder, act) {
  const stamp = join(runtime, `${name}.stamp`);
  const isDone = () => existsSync(folder) && existsSync(stamp) && readFileSync(stamp, "utf8") === state;
  if (isDone()) return;
  mkdirSync(runtime, { recursive: true });
  const unlock = lock();
  // Whoever had the lock has done it meanwhile.
  if (!isDone()) {
    act();
    writeFileSync(stamp, state);
  }
  unlock();
}

/** Of two first runs in one folder one brings things and the other waits: two installations at once spoil each other. */
function lock() {
  const file = join(runtime, "install.lock");
  const unlock = () => rmSync(file, { force: true });
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return unlock;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!isHeld(file)) unlock();
    else if (!waited) say("waiting for another run that is installing");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

/** A holder that was killed left its lock behind; its number may be another process's by now, so an old one is void. */
function isHeld(file) {
  try {
    if (Date.now() - statSync(file).mtimeMs > 600_000) return false;
    process.kill(Number(readFileSync(file, "utf8")), 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function environment() {
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_(config|package|lifecycle)_/i.test(name));
  const path = [
    nodeFolder,
    join(runtime, "pnpm", "node_modules", ".bin"),
    join(root, "node_modules", ".bin"),
    process.env.PATH,
  ];
  // Node has a list of authorities of its own; behind a company's proxy only the machine's list is right.
  const authorities = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"].find(existsSync);
  return {
    ...(authorities ? { NODE_EXTRA_CA_CERTS: authorities } : {}),
    ...Object.fromEntries(kept),
    PATH: path.filter(Boolean).join(delimiter),
    NODE_COMPILE_CACHE: join(runtime, "compile-cache"),
    TURBO_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
  };
}

function must(tool, args, otherwise) {
  // Standard output belongs to the command: twinctl's is read by programs.
  const done = spawnSync(tool, args, { cwd: root, stdio: ["ignore", 2, 2], env, shell: windows });
  if (done.error) say(done.error.message);
  if (done.status !== 0) fail(otherwise);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
