import { type Actor, inTenant, type Tx } from "../../src/actor.ts";
import type { Database } from "../../src/connect.ts";
import { announce } from "../../src/metrics/rollup.ts";
import { storeActivityHours, storeDailyMetrics } from "../../src/metrics/store-days.ts";
import { type Lane, storeLanes, storePersonMonths, storeRetentionOf } from "../../src/metrics/store-people.ts";

/** Rows worked off in one transaction. */
const atOnce = { people: 5_000, lanes: 500, months: 5_000, days: 60 };

/** What the rollup makes of an organisation's facts, by its own steps, over all of them. */
export async function storeFiguresOf(db: Database, actor: Actor, zone: string, now: Date, today: string) {
  const inChunks = async <T>(rows: readonly T[], size: number, store: (tx: Tx, part: T[]) => Promise<void>) => {
    for (let at = 0; at < rows.length; at += size) {
      await inTenant(db, actor, async (tx) => {
        await tx.query({ text: "set local jit = off" });
        await store(tx, rows.slice(at, at + size));
      });
    }
  };
  const read = <R>(text: string) => inTenant(db, actor, (tx) => tx.query<R>({ text, values: [tx.org_id] }));

  const days = await read<{ day: string }>("select distinct day from user_days where org_id = $1 order by day");
  await inChunks(days, atOnce.days, async (tx, part) => {
    const marks = part.map(({ day }) => ({ day, own: true, received_at: null }));
    await storeActivityHours(
      tx,
      marks.map(({ day }) => day),
      zone,
    );
    await storeDailyMetrics(tx, marks, zone, now, null);
  });
  const lanes = await read<Lane>(
    "select distinct day, n / 2048 as lane from user_days where org_id = $1 order by 1, 2",
  );
  await inChunks(lanes, atOnce.lanes, (tx, part) => storeLanes(tx, part, false));
  const people = await read<{ n: number }>("select distinct n from user_days where org_id = $1 order by n");
  const first = new Map<string, Lane>();
  await inChunks(people, atOnce.people, async (tx, part) => {
    const ns = part.map(({ n }) => n);
    for (const lane of await storeRetentionOf(tx, ns, today, now)) first.set(`${lane.day} ${lane.lane}`, lane);
  });
  await inChunks([...first.values()], atOnce.lanes, (tx, part) => storeLanes(tx, part, true));
  const months = await read<{ n: number; month: string }>(
    "select distinct n, date_trunc('month', day)::date as month from user_days where org_id = $1 order by 1, 2",
  );
  await inChunks(months, atOnce.months, (tx, part) =>
    storePersonMonths(
      tx,
      part.map(({ n }) => n),
      part.map(({ month }) => month),
      zone,
    ),
  );
  await announce(db, actor);
}
