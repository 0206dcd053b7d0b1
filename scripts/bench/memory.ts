import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { machineOf, wordsOf } from "@twin/db/bench/machine";
import { table } from "@twin/db/bench/timing";
import { root } from "../stack/root.ts";
import { freshData, startStack } from "./stack.ts";

// npm run bench -- memory [--idle 30] [--json FILE]
// How much memory everything of `npm start` holds while nobody asks: after the first start, which filled the demonstration,
// and after the second one. Linux only.

const { values } = parseArgs({ options: { idle: { type: "string", default: "30" }, json: { type: "string" } } });
const say = (line: string) => process.stdout.write(`${line}\n`);
const machine = machineOf();

/** Megabytes: PSS shares what several processes hold among them, RSS counts it for each. */
type Memory = { role: string; processes: number; pss: number; rss: number };

const roles: [RegExp, string][] = [
  [/apps\/api\/src\/main\.ts/, "api"],
  [/apps\/worker\/src\/main\.ts/, "worker"],
  [/scripts\/start\.ts/, "supervisor"],
  [/bin\/postgres |^postgres: /, "PostgreSQL"],
  [/scripts\/stack\/prepare\.ts|turbo|vite/, "preparation"],
];

/** Of a process and everything that it has started. */
function memoryOf(pid: number): Memory[] {
  const found = new Map<string, Memory>();
  for (const one of treeOf(pid)) {
    const command = readFileSync(`/proc/${one}/cmdline`, "utf8").replaceAll("\0", " ");
    const rollup = readFileSync(`/proc/${one}/smaps_rollup`, "utf8");
    const megabytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(rollup)?.[1] ?? 0) / 1_000;
    const role = roles.find(([pattern]) => pattern.test(command))?.[1] ?? "npm and launcher";
    const { processes, pss, rss } = found.get(role) ?? { processes: 0, pss: 0, rss: 0 };
    found.set(role, { role, processes: processes + 1, pss: pss + megabytes("Pss"), rss: rss + megabytes("Rss") });
  }
  return [...found.values()];
}

function treeOf(pid: number): number[] {
  const children = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(children)) return [];
  const below = readFileSync(children, "utf8").trim().split(" ").filter(Boolean).map(Number);
  return [pid, ...below.flatMap(treeOf)];
}

const total = (role: string, parts: Memory[]): Memory => ({
  role,
  processes: parts.reduce((sum, { processes }) => sum + processes, 0),
  pss: parts.reduce((sum, { pss }) => sum + pss, 0),
  rss: parts.reduce((sum, { rss }) => sum + rss, 0),
});

const dataDir = freshData("memory");
const starts: { name: string; memory: Memory[] }[] = [];
for (const name of ["first start", "second start"]) {
  const stack = await startStack(root, dataDir);
  await sleep(Number(values.idle) * 1_000);
  const memory = memoryOf(stack.pid);
  await stack.stop();
  const own = memory.filter(({ role }) => role !== "PostgreSQL");
  starts.push({ name, memory: [...memory, total("all but PostgreSQL", own), total("all", memory)] });
}
for (const { name, memory } of starts) {
  const rows = memory.map(({ role, processes, pss, rss }) => [role, String(processes), pss.toFixed(0), rss.toFixed(0)]);
  say(`\n${table([[`idle for ${values.idle} s after the ${name} (MB)`, "processes", "PSS", "RSS"], ...rows])}`);
}
say(`\n${wordsOf(machine, machineOf().load)}`);
if (values.json) {
  const result = { measured_at: new Date().toISOString(), machine, load_after: machineOf().load, starts };
  writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
}
