import { addDays } from "@twin/contracts/calendar";
import type { Actor } from "../src/actor.ts";
import type { Database } from "../src/connect.ts";
import { recordBatch } from "../src/ingest/record-batch.ts";
import { rollupOrganization } from "../src/metrics/rollup.ts";
import { askPlainLinks, watchLinks } from "./links.ts";
import type { Loaded } from "./load/load.ts";
import { makeRecords } from "./records.ts";
import { cpuOf, pidsOf } from "./server.ts";
import { timed } from "./timing.ts";

/** Records in a batch, and batches in one run. */
const batch = 1_000;
const rounds = 20;
/** Of those the first ones only warm up plans and caches. */
const warming = 4;

export type IngestFigures = {
  records_per_second: number;
  /** Milliseconds for 1,000 records, by the clock and on the server's CPU. */
  ingest_ms: number[];
  ingest_cpu: number | null;
  /** Pages that the server looked at for 1,000 records, in memory or not: work, whatever a machine makes of it. */
  ingest_pages: number;
  rollup_ms: number[];
  rollup_cpu: number | null;
  rollup_pages: number;
  person_days: number;
  /** Of each table that the rollup keeps: milliseconds a round, and once by plain SQL over raw rows where that says the same. */
  links: Record<string, { ms: number[]; plain?: number }>;
};

/**
 * Sends 1,000 records to one organisation, brings its figures up to date, and again: each time into another working day
 * of the past that holds its usual activities already, so that what grows with the size of a day is seen.
 */
export async function measureIngest(
  db: Database,
  actor: Actor,
  service: Actor,
  loaded: Loaded,
): Promise<IngestFigures> {
  const days = workingDays(loaded.anchor).slice((loaded.runs * rounds) % 400, ((loaded.runs * rounds) % 400) + rounds);
  const pids = await pidsOf(db);
  const figures: IngestFigures = {
    records_per_second: 0,
    ingest_ms: [],
    ingest_cpu: 0,
    ingest_pages: 0,
    rollup_ms: [],
    rollup_cpu: 0,
    rollup_pages: 0,
    person_days: 0,
    links: {},
  };
  const spent = await watchLinks(db);
  // Names of its own also for a run that is repeated after one that was cut off.
  const name = `bench-${Date.now()}`;
  const counted = async <T>(what: "ingest" | "rollup", warm: boolean, act: () => Promise<T>): Promise<T> => {
    const pagesBefore = await pagesOf(db);
    const before = cpuOf(pids);
    const { ms, result } = await timed(act);
    const after = cpuOf(pids);
    if (warm) return result;
    figures[`${what}_ms`].push(ms);
    figures[`${what}_pages`] += ((await pagesOf(db)) - pagesBefore) / (rounds - warming);
    const total = figures[`${what}_cpu`];
    figures[`${what}_cpu`] =
      before === null || after === null || total === null ? null : total + (after - before) / (rounds - warming);
    return result;
  };
  for (const [round, day] of days.entries()) {
    const morning = Date.parse(`${day}T06:00:00Z`);
    const at = (r: number) => new Date(morning + Math.floor(r * 9 * 3_600_000));
    const records = makeRecords(batch, { users: loaded.big.users, seed: round + 1, name: `${name}-${round}`, at });
    const answer = await counted("ingest", round < warming, () => recordBatch(db, service, { records }));
    if (answer.accepted !== batch)
      throw new Error(`of ${batch} records ${answer.accepted} were accepted: ${JSON.stringify(answer.rejected[0])}`);
    spent();
    const outcome = await counted("rollup", round < warming, () => rollupOrganization(db, actor, { now: new Date() }));
    const links = spent();
    if (round < warming) continue;
    figures.person_days += outcome.person_days;
    for (const [link, ms] of links) (figures.links[link] ??= { ms: [] }).ms.push(ms);
  }
  for (const [link, plain] of await askPlainLinks(db, actor, days.at(-1)!))
    (figures.links[link] ??= { ms: [] }).plain = plain;
  const total = figures.ingest_ms.reduce((sum, ms) => sum + ms, 0);
  figures.records_per_second = (figures.ingest_ms.length * batch * 1_000) / total;
  return figures;
}

/** Pages that the database has looked at so far. */
async function pagesOf(db: Database): Promise<number> {
  const client = await db.pool.connect();
  try {
    await client.query("select pg_stat_force_next_flush()");
    const { rows } = await client.query<{ pages: number }>(
      "select blks_hit + blks_read as pages from pg_stat_database where datname = current_database()",
    );
    return rows[0]!.pages;
  } finally {
    client.release();
  }
}

/** Mondays to Fridays before a day, latest first. */
function workingDays(anchor: string): string[] {
  const days: string[] = [];
  for (let back = 1; days.length < 500; back++) {
    const day = addDays(anchor, -back);
    if (![0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay())) days.push(day);
  }
  return days;
}
