import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { makeSender, useApplication } from "../../../test/ingesting.ts";
import { rollupOrganization } from "../rollup.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const app = useApplication(database);

test("ingest and rollup of people and installations without a time of their own don't wait for each other in a ring", async () => {
  const sender = await makeSender(app.db);
  const system = systemOf(sender.org_id);
  const now = new Date("2026-11-20T12:00:00Z");
  const people = Array.from({ length: 60 }, (_, i) => i);
  const batch = (round: number) => [
    ...people.map((i) => ({ type: "user", external_id: `u${i}`, email: `u${i}@x.example`, full_name: `U ${round}` })),
    ...people.map((i) => ({ type: "twin", external_id: `t${i}`, user: `u${i}`, name: `T${i}` })),
    ...people.map((i) => ({ type: "installation", twin: `t${i}`, platform: "slack", workspace_name: `W${round}` })),
    ...people.map((i) => ({
      type: "session",
      external_id: `s${round}-${i}`,
      user: `u${(i * 11 + round) % 60}`,
      platform: "slack",
      started_at: new Date(now.getTime() - round * 1_800_000 - i * 60_000).toISOString(),
    })),
    ...people.map((i) => ({
      type: "activity",
      external_id: `a${round}-${i}`,
      user: `u${(i * 7 + round) % 60}`,
      twin: `t${i}`,
      activity_type: "query",
      platform: "slack",
      // Ever earlier, so that beginnings go on moving.
      started_at: new Date(now.getTime() - round * 3_600_000 - i * 60_000).toISOString(),
    })),
  ];
  await sender.send(batch(0));
  let sending = true;
  const rollups = (async () => {
    while (sending) await rollupOrganization(app.db, system, { now });
  })();
  for (let round = 1; round <= 12; round += 3)
    await Promise.all([0, 1, 2].map((more) => sender.send(batch(round + more), { now })));
  sending = false;
  await rollups;
  const deadlocks = async () =>
    Number(
      (await database.pool.query("select deadlocks from pg_stat_database where datname = current_database()")).rows[0]
        .deadlocks,
    );
  await database.pool.query("select pg_stat_clear_snapshot()");
  expect(await deadlocks()).toBe(0);
}, 120_000);
