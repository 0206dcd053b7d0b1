import { addDays } from "@twin/contracts/calendar";
import { type Actor, inTenant } from "../src/tenancy/actor.ts";
import type { Database } from "../src/postgres/connect.ts";
import { recordBatch } from "../src/records/ingest/record-batch.ts";
import { rollupOrganization } from "../src/figures/rollup.ts";
import { askPlainLinks, watchLinks } from "./links.ts";
import type { Loaded } from "./load/load.ts";
import { makeRecords } from "./records.ts";
import { cpuOf, pidsOf } from "./server.ts";
import { timed } from "./timing.ts";

/** Records in a batch. */
const batch = 1_000;

/**
 * How records come in. `today`: all into one day, as they do while things happen, in a server that has worked for a while:
 * the batches before went into the day before. `late`: each batch into another day of the past, so that what it touches was
 * seldom touched before.
 */
const ways = {
  today: { warming: 40, counted: 20 },
  late: { warming: 4, counted: 16 },
} as const;
export type Way = keyof typeof ways;

/** What 1,000 records cost. */
export type Costs = {
  /** Milliseconds by the clock and on the server's CPU. */
  ingest_ms: number[];
  ingest_cpu: number | null;
  /** Pages that the server looked at, in memory or not: work, whatever a machine makes of it. */
  ingest_pages: number;
  rollup_ms: number[];
  rollup_cpu: number | null;
  rollup_pages: number;
  person_days: number;
  /** Of each table that the rollup keeps: milliseconds a batch, and once by plain SQL over raw rows where that says the same. */
  links: Record<string, { ms: number[]; plain?: number }>;
};
export type IngestFigures = Record<Way, Costs>;

/**
 * Sends 1,000 records to one organisation, brings its figures up to date, and again, in both ways. Days hold their usual
 * activities already, so that what grows with the size of a day is seen, and records are of people who were there by then.
 */
export async function measureIngest(
  db: Database,
  actor: Actor,
  service: Actor,
  loaded: Loaded,
): Promise<IngestFigures> {
  const needed = 2 + ways.late.warming + ways.late.counted;
  const [today, before, ...past] = workingDays(loaded.anchor).slice((loaded.runs * needed) % 400);
  const send = await openSender(db, actor, service);
  const live = await send("today", (batchNo) => (batchNo < ways.today.warming ? before! : today!));
  for (const [link, plain] of await askPlainLinks(db, actor, today!)) (live.links[link] ??= { ms: [] }).plain = plain;
  return { today: live, late: await send("late", (batchNo) => past[batchNo]!) };
}

/** Sends batches one way or the other and tells their costs, without those of the first ones, which only warm up. */
async function openSender(db: Database, actor: Actor, service: Actor) {
  // Names of its own also for a run that is repeated after one that was cut off.
  const name = `bench-${Date.now()}`;
  const pids = await pidsOf(db);
  const spent = await watchLinks(db);
  return async (way: Way, dayOf: (batchNo: number) => string): Promise<Costs> => {
    const { warming, counted } = ways[way];
    const costs: Costs = {
      ingest_ms: [],
      ingest_cpu: 0,
      ingest_pages: 0,
      rollup_ms: [],
      rollup_cpu: 0,
      rollup_pages: 0,
      person_days: 0,
      links: {},
    };
    const count = async <T>(what: "ingest" | "rollup", isWarm: boolean, act: () => Promise<T>): Promise<T> => {
      const pagesBefore = await pagesOf(db);
      const before = cpuOf(pids);
      const { ms, result } = await timed(act);
      const after = cpuOf(pids);
      if (!isWarm) return result;
      costs[`${what}_ms`].push(ms);
      costs[`${what}_pages`] += ((await pagesOf(db)) - pagesBefore) / counted;
      const total = costs[`${what}_cpu`];
      costs[`${what}_cpu`] =
        before === null || after === null || total === null ? null : total + (after - before) / counted;
      return result;
    };
    for (let batchNo = 0; batchNo < warming + counted; batchNo++) {
      const isWarm = batchNo >= warming;
      const day = dayOf(batchNo);
      const morning = Date.parse(`${day}T06:00:00Z`);
      const records = makeRecords(batch, {
        users: await peopleBy(db, actor, day),
        seed: batchNo + 1,
        name: `${name}-${way}-${batchNo}`,
        at: (r) => new Date(morning + Math.floor(r * 9 * 3_600_000)),
      });
      const answer = await count("ingest", isWarm, () => recordBatch(db, service, { records }, { now: new Date() }));
      if (answer.accepted !== batch)
        throw new Error(`of ${batch} records ${answer.accepted} were accepted: ${JSON.stringify(answer.rejected[0])}`);
      spent();
      const outcome = await count("rollup", isWarm, () => rollupOrganization(db, actor, { now: new Date() }));
      const links = spent();
      if (!isWarm) continue;
      costs.person_days += outcome.person_days;
      for (const [link, ms] of links) (costs.links[link] ??= { ms: [] }).ms.push(ms);
    }
    return costs;
  };
}

/** How many people the organisation had on a day: they are numbered as they came. */
async function peopleBy(db: Database, actor: Actor, day: string): Promise<number> {
  const [people] = await inTenant(db, actor, (tx) =>
    tx.query<{ n: number }>({
      text: "select coalesce(max(n), 1) as n from users where org_id = $1 and first_day <= $2",
      values: [tx.org_id, day],
    }),
  );
  return people!.n;
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
