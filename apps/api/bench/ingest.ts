import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { load, readLoaded } from "@twin/db/bench/load/load";
import { machineOf, wordsOf } from "@twin/db/bench/machine";
import { parseSize } from "@twin/db/bench/size";
import { printRows } from "./ingest/print.ts";
import { medianRow, type Row } from "./ingest/row.ts";
import { measureEmpty, measureLoaded, type Measured, type Options } from "./ingest/rows.ts";

// npm run bench -- ingest [--only single,batches,conversations,sustained,days,new] [--seconds 20] [--rounds 1] [--rate 5000] [--sustain 60]
//   [--people 5000] [--days 70k,310k,600k] [--size 1M] [--words] [--unverified] [--fresh] [--json FILE] [--dir …]
// How fast records come in over HTTP, and how soon figures hold them: PostgreSQL, api and worker as npm start runs them, a
// sender beside them. A benchmark, not a test: it judges nothing.

const parts = "single,batches,conversations,sustained,days,new";
const { values } = parseArgs({
  options: {
    only: { type: "string", default: parts },
    seconds: { type: "string", default: "20" },
    rounds: { type: "string", default: "1" },
    rate: { type: "string", default: "5000" },
    sustain: { type: "string", default: "60" },
    people: { type: "string", default: "5000" },
    /** How much the day holds that more comes into. */
    days: { type: "string", default: "70k,310k,600k" },
    /** Activities of others beside which `days` and `new` are measured. */
    size: { type: "string", default: "1M" },
    /** Records with what was asked or written, which is sealed and made searchable. */
    words: { type: "boolean", default: false },
    /** Without holding figures against raw rows at the end, which takes minutes. */
    unverified: { type: "boolean", default: false },
    fresh: { type: "boolean", default: false },
    json: { type: "string" },
    dir: { type: "string", default: fileURLToPath(new URL("../../../.data/bench/ingest", import.meta.url)) },
  },
});

const say = (line: string) => process.stdout.write(`${line}\n`);
const only = new Set(values.only.split(","));
const unknown = [...only].filter((part) => !parts.split(",").includes(part));
if (unknown.length > 0) throw new Error(`--only ${unknown.join(",")}: it is some of ${parts}`);
const has = (...some: string[]) => some.some((part) => only.has(part));
const options: Options = {
  only,
  kind: values.words ? "words" : "event",
  seconds: Number(values.seconds),
  rate: Number(values.rate),
  sustain: Number(values.sustain),
  people: parseSize(values.people).count,
  days: values.days.split(",").map((one) => parseSize(one).count),
  isVerified: !values.unverified,
  say,
};
const size = parseSize(values.size);
const loadedDir = join(values.dir, size.name);
let beside = 0;
if (has("days", "new")) {
  const loaded =
    (values.fresh ? null : readLoaded(loadedDir)) ??
    (await load(loadedDir, size.count, (line) => say(`loading ${size.name}: ${line}`)));
  beside = loaded.counts["activities"] ?? 0;
  say(`days and new: beside ${beside.toLocaleString("en")} activities of others`);
}

const before = loadavg();
const rounds: Measured[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  if (has("single", "batches", "conversations", "sustained"))
    rounds.push(await measureEmpty(join(values.dir, "empty"), options));
  if (has("days", "new")) rounds.push(await measureLoaded(loadedDir, options));
}
const all = rounds.flatMap(({ rows }) => rows);
const names = [...new Set(all.map(({ name }) => name))];
const rows: Row[] = names.map((name) => medianRow(all.filter((row) => row.name === name)));
const differences = rounds.reduce((sum, one) => sum + one.differences, 0);
const machine = { ...machineOf(rounds[0]!.postgres), load: before };
printRows(rows, say);
say(options.isVerified ? `\nverify: ${differences} differences` : "\nnot verified");
say(wordsOf(machine, loadavg()));
if (values.json) {
  const { say: _, ...asked } = options;
  const result = {
    measured_at: new Date().toISOString(),
    machine,
    load_after: loadavg(),
    options: { ...asked, only: [...only], rounds: Number(values.rounds), beside },
    rows,
    rounds: rounds.map(({ rows: measured }) => measured),
    differences: options.isVerified ? differences : null,
  };
  writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
}
