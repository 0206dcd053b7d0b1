import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { machineOf, wordsOf } from "@twin/db/bench/machine";
import { table } from "@twin/db/bench/timing";
import { root } from "../stack/root.ts";
import { freshClone, freshData, startStack } from "./stack.ts";

// npm run bench -- start [--here] [--json FILE]
// How long `npm start` takes until the dashboard answers: in a fresh clone of what was committed last, which brings its tools
// and dependencies and builds the dashboard; `--here`: in this checkout.

const { values } = parseArgs({ options: { here: { type: "boolean", default: false }, json: { type: "string" } } });
const say = (line: string) => process.stdout.write(`${line}\n`);
const machine = machineOf();

const checkout = values.here ? root : freshClone();
const starts: { name: string; seconds: number }[] = [];
async function measure(name: string, dataDir: string): Promise<void> {
  const stack = await startStack(checkout, dataDir);
  starts.push({ name, seconds: stack.seconds });
  say(`${name}: ${stack.seconds.toFixed(1)} s`);
  await stack.stop();
}

const dataDir = freshData("start");
await measure(values.here ? "first start here" : "first start of a fresh clone", dataDir);
await measure("second start", dataDir);
await measure("a start with a new data folder", freshData("start"));
say(
  `\n${table([["npm start until the dashboard answers", "seconds"], ...starts.map(({ name, seconds }) => [name, seconds.toFixed(1)])])}`,
);
say(wordsOf(machine, machineOf().load));
if (values.json) {
  const result = { measured_at: new Date().toISOString(), machine, load_after: machineOf().load, starts };
  writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
}
