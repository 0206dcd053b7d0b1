import { addDays } from "@twin/contracts/calendar";
import { expect, test } from "vitest";
import { fill } from "../bench/load/fill.ts";
import { makeRecords } from "../bench/records.ts";
import { rollupOrganization } from "../src/figures/rollup.ts";
import { connectWorker } from "../src/jobs/liveness.ts";
import type { Database } from "../src/postgres/connect.ts";
import { unlockKeys } from "../src/tenancy/encryption/key-encryption-key.ts";
import { useDatabase } from "./database.ts";
import { readsOf } from "./figures/reads.ts";
import { makeSender } from "./ingesting.ts";

const empty = useDatabase();
const busy = useDatabase();
const now = new Date("2026-06-15T12:00:00Z");
const today = now.toISOString().slice(0, 10);
const headcount = 1_500;
const records = 600;

async function open(url: string): Promise<Database> {
  const db = connectWorker(url, { max: 1 });
  await unlockKeys(db, { key: Buffer.alloc(32, 7).toString("base64") });
  return db;
}

/** Pages that don't count: beside others tables are larger. Who reads all rows for each that is looked up, looks at hundreds of thousands. */
const spared = 20_000;

/** How many pages the server has looked at so far, in memory or not: work, whatever else a machine does meanwhile. */
async function pagesSoFar(db: Database): Promise<number> {
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

/** What a new organisation's first people, records, figures and pages cost, in pages of the database. */
async function costsOfNew(url: string): Promise<Record<string, number>> {
  const db = await open(url);
  try {
    const sender = await makeSender(db);
    const actor = { kind: "system" as const, org_id: sender.org_id, job: "test", request_id: "test" };
    const costs: Record<string, number> = {};
    const count = async (what: string, act: () => Promise<unknown>) => {
      const before = await pagesSoFar(db);
      await act();
      costs[what] = (costs[what] ?? 0) + (await pagesSoFar(db)) - before;
    };
    const send = async (sent: unknown[]) => expect((await sender.send(sent, { now })).rejected).toEqual([]);
    const everyone = Array.from({ length: headcount }, (_, i) => i + 1);
    const created_at = "2026-05-01T00:00:00Z";
    const email = (i: number) => `u${i}@${sender.org_id}.example.com`;
    await count("people", () =>
      send(
        everyone.map((i) => ({ type: "user", external_id: `u${i}`, email: email(i), full_name: `U ${i}`, created_at })),
      ),
    );
    await count("twins", () =>
      send(everyone.map((i) => ({ type: "twin", external_id: `t${i}`, user: `u${i}`, name: `T ${i}`, created_at }))),
    );
    for (const seed of [1, 2]) {
      const at = (r: number) => new Date(now.getTime() - r * 4 * 86_400_000);
      const made = makeRecords(records, { users: headcount, seed, name: `r${seed}`, at });
      await count("ingest", () => send(made));
      await count("rollup", () => rollupOrganization(db, actor, { now }));
    }
    for (const { name, run } of readsOf({
      start_date: addDays(today, -30),
      end_date: addDays(today, -1),
      day: addDays(today, -2),
    }))
      await count(name, () => run(db, actor, {}, now));
    return costs;
  } finally {
    await db.close();
  }
}

test(
  "a new organisation costs no more beside large ones whose statistics don't know it than alone",
  { timeout: 240_000 },
  async () => {
    await empty.pool.query("analyze");
    const alone = await costsOfNew(empty.url);
    const db = await open(busy.url);
    await fill(busy.url, db, { activities: 40_000, headcount: 4_000, days: 60, now });
    await db.close();
    await busy.pool.query("analyze");
    const beside = await costsOfNew(busy.url);
    const dearer = Object.entries(beside).filter(([what, pages]) => pages > 2 * alone[what]! + spared);
    expect(dearer.map(([what, pages]) => `${what}: ${alone[what]} pages alone, ${pages} beside others`)).toEqual([]);
    expect(beside["rollup"]!).toBeLessThan(800 * records);
  },
);
