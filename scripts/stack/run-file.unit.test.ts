import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { announce, claim, findRunning, release } from "./run-file.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "ai-twin-run-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** A process of ours whose command line holds a name that nothing else has. */
async function stay(script: string) {
  const path = join(dataDir, script);
  writeFileSync(path, "setInterval(() => {}, 1000); process.send('up');");
  const child = spawn(process.execPath, [path], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  await new Promise((up) => child.once("message", up));
  return {
    pid: child.pid!,
    path,
    ended: new Promise((end) => child.once("exit", end)),
    end: () => child.kill("SIGKILL"),
  };
}

test("a folder has one owner, and is free again when that one lets go", async () => {
  expect(await claim(dataDir, "node")).toBeNull();
  expect((await claim(dataDir, "node"))?.pid).toBe(process.pid);
  release(dataDir);
  expect(findRunning(dataDir)).toBeNull();
});

test("a living instance is found with its address", async () => {
  const other = await stay("start.mjs");
  announce(dataDir, { script: "start.mjs", url: "http://127.0.0.1:3000" });
  writeFileSync(join(dataDir, "run.json"), JSON.stringify({ pid: other.pid, script: "start.mjs", url: "http://x" }));
  expect(await claim(dataDir, "start.mjs")).toMatchObject({ pid: other.pid, url: "http://x" });
  other.end();
  await other.ended;
});

test("what a killed instance left running is ended, and strangers with the same number are not", async () => {
  const left = await stay("worker.mjs");
  const parts = { [left.path]: left.pid, "/somewhere/api.mjs": process.pid };
  writeFileSync(join(dataDir, "run.json"), JSON.stringify({ pid: 2 ** 22 + 1, script: "start.mjs", parts }));
  expect(await claim(dataDir, "start.mjs")).toBeNull();
  await left.ended;
});
