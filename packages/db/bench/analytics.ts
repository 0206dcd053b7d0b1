import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Actor } from "../src/tenancy/actor.ts";
import { connect, type Database } from "../src/postgres/connect.ts";
import { connectWorker } from "../src/jobs/liveness.ts";
import { unlockKeys } from "../src/tenancy/encryption/key-encryption-key.ts";
import { migrate } from "../src/postgres/migrate.ts";
import { type Freshness, measureFreshness } from "./freshness.ts";
import { type IngestFigures, measureIngest } from "./ingest.ts";
import { benchKey, load, type Loaded, readLoaded, writeLoaded } from "./load/load.ts";
import { systemOf } from "./load/fill.ts";
import { checkSample, type Sample } from "./sample.ts";
import { deepCursor, type Read, readsOf } from "./reads.ts";
import { measureCold, measureWarm, type ReadFigures } from "./measure-reads.ts";
import { printCosts, printFreshness, printReads } from "./print.ts";
import { open } from "./server.ts";
import { parseSize } from "./size.ts";

// npm run bench -- analytics [--size 1M] [--people 50k] [--only reads,cold,sample,ingest,freshness] [--rate 1000] [--rounds 100] [--reads overview,retention] [--fresh] [--dir …]
// A benchmark, not a test: it prints what it measures and judges nothing but against the targets that stand beside.

const { values: options } = parseArgs({
  options: {
    size: { type: "string", default: "1M" },
    /** Of so many people; by default one for each 20 activities, so that ten times the activities are of ten times the people. */
    people: { type: "string" },
    only: { type: "string", default: "reads,cold,sample,ingest,freshness" },
    fresh: { type: "boolean", default: false },
    dir: { type: "string", default: fileURLToPath(new URL("../../../.data/bench", import.meta.url)) },
    rounds: { type: "string", default: "100" },
    rate: { type: "string", default: "1000" },
    /** Reads whose name holds one of these, separated by commas. */
    reads: { type: "string", default: "" },
  },
});

/** What one run measured; kept beside the data, so that another size can be compared with it. */
export type Results = {
  measured_at: string;
  load: { before: number[]; after: number[] };
  sample?: Sample;
  reads?: ReadFigures[];
  ingest?: IngestFigures;
  freshness?: Freshness;
};

const size = parseSize(options.size);
const people = options.people === undefined ? null : parseSize(options.people);
const name = people ? `${size.name} of ${people.name} people` : size.name;
const only = new Set(options.only.split(","));
const dataDir = join(options.dir, name.replaceAll(" ", "-"));
const say = (line: string) => process.stdout.write(`${line}\n`);

const loaded =
  (options.fresh ? null : readLoaded(dataDir)) ??
  (await load(dataDir, size.count, (line) => say(`loading ${name}: ${line}`), people?.count));
describe(loaded);

const results: Results = { measured_at: new Date().toISOString(), load: { before: loadavg(), after: [] } };
const system = systemOf(loaded.big.org_id);
const service: Actor = {
  kind: "service",
  org_id: loaded.big.org_id,
  key_id: "bench",
  name: "bench",
  source: "import",
  permissions: ["metrics.read", "activities.read", "people.read", "ingest.write"],
  request_id: "bench",
};

if (only.has("reads")) {
  let cursor = "";
  await serving(async (db) => {
    cursor = await deepCursor(db, service, loaded.anchor);
    const warm = await measureWarm(
      db,
      service,
      chosen(readsOf(db, service, loaded.anchor, cursor)),
      Number(options.rounds),
    );
    results.reads = warm.map((figures) => ({ ...figures, cold: null }));
  });
  if (only.has("cold")) {
    const names = results.reads!.map(({ name }) => name);
    const cold = await measureCold(dataDir, names, (db) => readsOf(db, service, loaded.anchor, cursor));
    results.reads = results.reads!.map((figures) => ({ ...figures, cold: cold.get(figures.name) ?? null }));
  }
  printReads(results.reads!, say);
}
if (only.has("sample")) {
  await serving(async (db) => void (results.sample = await checkSample(db, system, loaded)), 1);
  const { person_days, seconds, marks, written, differences } = results.sample!;
  say(
    `\nThe product's own rollup over ${person_days} person-days of the loaded data: ${(person_days / seconds).toFixed(0)} a second ` +
      `(${marks} marks, ${written} rows differed), verify: ${differences} differences`,
  );
}
if (only.has("ingest")) {
  await serving(async (db) => void (results.ingest = await measureIngest(db, system, service, loaded)), 1);
  printCosts(name, results.ingest!, earlier(), say);
}
if (only.has("freshness")) {
  await serving(
    async (db, url) =>
      void (results.freshness = await measureFreshness(url, db, service, loaded, Number(options.rate))),
  );
  printFreshness(results.freshness!, say);
}
if (only.has("ingest") || only.has("freshness")) writeLoaded(dataDir, { ...loaded, runs: loaded.runs + 1 });
results.load.after = loadavg();
writeFileSync(join(dataDir, "results.json"), JSON.stringify({ ...previous(), ...results }));
say(
  `\nload of the machine: ${words(results.load.before)} before, ${words(results.load.after)} after, on ${cpus().length} cores`,
);

function chosen(reads: Read[]): Read[] {
  return reads.filter(({ name }) => options.reads.split(",").some((part) => name.includes(part)));
}

/** Starts the server and connects as the product does. */
async function serving(run: (db: Database, url: string) => Promise<void>, max = 4): Promise<void> {
  const server = await open(dataDir);
  try {
    await migrate(server.url());
    const db = max === 1 ? connectWorker(server.url(), { max }) : connect(server.url(), { max });
    try {
      await unlockKeys(db, { key: benchKey });
      await run(db, server.url());
    } finally {
      await db.close();
    }
  } finally {
    await server.stop(60_000);
  }
}

/** What the last run at a smaller size has measured: at a tenth of this one if there is one, else at the largest. */
function earlier(): { size: string; figures: IngestFigures } | null {
  const smaller = readdirSync(options.dir)
    .flatMap((name) =>
      /^\d+[kM]?$/.test(name) && existsSync(join(options.dir, name, "results.json")) ? parseSize(name) : [],
    )
    .filter(({ count }) => count < size.count)
    .sort((a, b) => b.count - a.count);
  const one = smaller.find(({ count }) => count * 10 === size.count) ?? smaller[0];
  if (!one) return null;
  const { ingest } = JSON.parse(readFileSync(join(options.dir, one.name, "results.json"), "utf8")) as Results;
  return ingest ? { size: one.name, figures: ingest } : null;
}

function previous(): Partial<Results> {
  const file = join(dataDir, "results.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Results) : {};
}

function describe({ anchor, counts, big, seconds, runs }: Loaded): void {
  const number = (value: number | undefined) => (value ?? 0).toLocaleString("en");
  say(
    `${number(counts["activities"])} activities, ${number(counts["messages"])} messages, ${number(counts["sessions"])} sessions, ` +
      `${number(counts["users"])} users over 24 months up to ${anchor}; the big organisation has ${number(counts["activities_of_big"])} ` +
      `activities and ${number(big.users)} users (loaded in ${seconds} s, ${runs} runs before)`,
  );
}

function words(load: number[]): string {
  return load.map((value) => value.toFixed(1)).join(" ");
}
