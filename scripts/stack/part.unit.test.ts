import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepRunning } from "./part.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ai-twin-part-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(source: string) {
  const script = join(folder, "part.mjs");
  writeFileSync(script, source);
  const said: string[] = [];
  const pids: number[] = [];
  const hopeless = vi.fn();
  const part = keepRunning({
    name: "worker",
    script,
    cwd: folder,
    env: process.env,
    logFile: join(folder, "worker.log"),
    say: (line) => said.push(line),
    onStart: (pid) => pids.push(pid),
    onHopeless: hopeless,
  });
  return { part, said, pids, hopeless };
}

const staying = "setInterval(() => {}, 1000); process.send('ready');";

test("a part that is killed comes back, and it is said", async () => {
  const { part, said, pids } = run(staying);
  await part.ready;
  process.kill(pids[0]!, "SIGKILL");
  await vi.waitFor(() => expect(pids).toHaveLength(2), 5_000);
  expect(said).toEqual(["worker ended (SIGKILL): starting it again"]);
  await part.stop(1_000);
});

test("stopping ends it for good, by force if it doesn't listen", async () => {
  const { part, pids } = run(`process.on('SIGTERM', () => {}); ${staying}`);
  await part.ready;
  await part.stop(100);
  expect(() => process.kill(pids[0]!, 0)).toThrow();
  expect(pids).toHaveLength(1);
});

test("a wrong configuration is not tried again", async () => {
  const { hopeless, pids } = run("process.exit(78)");
  await vi.waitFor(() => expect(hopeless).toHaveBeenCalledWith(78), 5_000);
  expect(pids).toHaveLength(1);
});

test("JSON lines go to the log, errors among them and plain lines to the terminal", async () => {
  const { part, said } = run(`console.log('{"level":30,"msg":"quiet"}'); console.log('{"level":50,"msg":"loud"}');
    console.log('sign in as me'); ${staying}`);
  await part.ready;
  await vi.waitFor(() => expect(said).toHaveLength(2));
  expect(said[0]).toMatch(/^worker: loud /);
  expect(said[1]).toBe("sign in as me");
  expect(readFileSync(join(folder, "worker.log"), "utf8")).toContain("quiet");
  await part.stop(1_000);
});
