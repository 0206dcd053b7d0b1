import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benchKey } from "@twin/db/bench/load/load";
import { open } from "@twin/db/bench/server";
import { writeExport } from "./slack/write-export.ts";

// npm run bench -- slack [--gigabytes 5] [--people 70000] [--keep] [--dir …]
// Writes a Slack export of that size (days, unpacked) with a users.json of 160 MB and a foreign file of 140 MB, imports
// it twice, and tells how long that took and how much memory the import had at most (Linux).

const { values: options } = parseArgs({
  options: {
    gigabytes: { type: "string", default: "5" },
    people: { type: "string", default: "70000" },
    keep: { type: "boolean", default: false },
    dir: { type: "string", default: fileURLToPath(new URL("../../../.data/bench/slack", import.meta.url)) },
  },
});
const bytes = Number(options.gigabytes) * 1e9;
const say = (line: string) => process.stdout.write(`${line}\n`);
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(0)} s`;

mkdirSync(options.dir, { recursive: true });
const path = join(options.dir, `export-${options.gigabytes}.zip`);
if (!existsSync(path)) {
  const begun = performance.now();
  await writeExport(path, { bytes, people: Number(options.people), channels: 120, days: 365 });
  say(`${path}: ${(statSync(path).size / 1e6).toFixed(0)} MB in ${seconds(begun)}`);
}

const dataDir = join(options.dir, "data");
rmSync(dataDir, { recursive: true, force: true });
const server = await open(dataDir);
try {
  const env = { ...process.env, DATABASE_URL: server.url(), DATA_DIR: dataDir, KEY_ENCRYPTION_KEY: benchKey };
  await twinctl(env, ["org", "create", "bench", "--name", "Bench", "--timezone", "UTC", "--json"]);
  for (const round of ["first", "again"]) {
    const begun = performance.now();
    const words = ["import", "slack", path, "--org", "bench", "--bot", "AskGPT=p0@x.example", "--json"];
    const { peak, result } = await twinctl(env, words);
    const { accepted, updated, duplicates, rejected, conversations, messages } = result as Record<string, unknown>;
    say(`${round}: ${seconds(begun)}, at most ${(peak / 1e6).toFixed(0)} MB`);
    say(`  ${JSON.stringify({ accepted, updated, duplicates, rejected, conversations, messages })}`);
  }
} finally {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
  if (!options.keep) rmSync(path, { force: true });
}

/** Runs a command and looks at its memory: the most that the kernel ever gave it, bytes. */
function twinctl(env: NodeJS.ProcessEnv, words: string[]): Promise<{ peak: number; result: unknown }> {
  const script = fileURLToPath(new URL("../src/twinctl.ts", import.meta.url));
  const child = spawn(process.execPath, [script, ...words], { env, stdio: ["ignore", "pipe", "inherit"] });
  let [out, peak] = ["", 0];
  child.stdout.on("data", (chunk: Buffer) => (out = (out + chunk.toString()).slice(-1_000_000)));
  const watch = setInterval(() => {
    try {
      const [, kilobytes = "0"] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
      peak = Math.max(peak, Number(kilobytes) * 1024);
    } catch {
      // It has just ended, or this isn't Linux.
    }
  }, 200);
  return new Promise((done, fail) =>
    child.once("close", (code) => {
      clearInterval(watch);
      if (code !== 0) fail(new Error(`twinctl ${words.slice(0, 2).join(" ")} ended with ${code}`));
      else done({ peak, result: JSON.parse(out.trimEnd().split("\n").at(-1)!) as unknown });
    }),
  );
}
