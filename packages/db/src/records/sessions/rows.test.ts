import { beforeAll, expect, test } from "vitest";
import { createActivity, createMessages, createWorld, markDirty, type World } from "../../../test/factories.ts";
import { useDatabase } from "../../../test/database.ts";
import { connect, type Database } from "../../postgres/connect.ts";
import { rollupOrganization } from "../../figures/rollup.ts";

const db = useDatabase();
let database: Database;
beforeAll(() => {
  database = connect(db.url);
  return () => database.close();
});

const rollup = (world: World) => rollupOrganization(database, world.system, { now: new Date("2026-03-20T12:00:00Z") });

const begin = Date.parse("2026-03-10T00:00:00Z");
const after = (minutes: number) => new Date(begin + minutes * 60_000).toISOString();
/** Days of a world's sessions and active users: `03-10 1 1`. */
async function daysOf(world: World): Promise<string[]> {
  const { rows } = await db.pool.query<{ line: string }>(
    `select to_char(metric_date, 'MM-DD') || ' ' || total_sessions || ' ' || total_active_users as line
     from daily_metrics where org_id = $1 order by metric_date`,
    [world.org_id],
  );
  return rows.map(({ line }) => line);
}
const startsOf = async (world: World): Promise<number[]> => {
  const { rows } = await db.pool.query<{ at: Date }>(
    "select started_at as at from sessions where org_id = $1 and is_derived order by id",
    [world.org_id],
  );
  return rows.map(({ at }) => (at.getTime() - begin) / 60_000);
};

test("whoever writes every 29 minutes for three days has a session a day and is active on each", async () => {
  const world = await createWorld(db.pool);
  const moments = Array.from({ length: 149 }, (_, index) => index * 29);
  await createActivity(db.pool, world, {
    started_at: after(0),
    messages: moments.map((minutes) => ({ at: after(minutes) })),
  });
  await rollup(world);
  expect(await startsOf(world)).toEqual([0, 50 * 29, 100 * 29]);
  expect(await daysOf(world)).toEqual(["03-10 1 1", "03-11 1 1", "03-12 1 1"]);
});

test("a row of moments is cut at full days from its first moment, whichever day is marked", async () => {
  const world = await createWorld(db.pool);
  const activity = await createActivity(db.pool, world, {
    started_at: after(100),
    messages: Array.from({ length: 400 }, (_, index) => ({ at: after(100 + 17 * index) })),
  });
  await rollup(world);
  // From minute 100: pieces begin at the first moment after each 1,440 minutes, not after each piece's own day.
  const starts = [0, 85, 170, 255, 339].map((moments) => 100 + 17 * moments);
  expect(await startsOf(world)).toEqual(starts);
  for (const minutes of [10, 2_900, 6_900]) {
    await markDirty(db.pool, world, 1, after(minutes));
    expect((await rollup(world)).rows).toBe(0);
    expect(await startsOf(world)).toEqual(starts);
  }
  await createMessages(db.pool, world, { activity, user: 0 }, [{ at: after(90) }]);
  await rollup(world);
  const moved = [1_440, 2_880, 4_320, 5_760].map((day) => 100 + 17 * Math.ceil((day - 10) / 17));
  expect(await startsOf(world)).toEqual([90, ...moved]);
  await db.pool.query("delete from messages where org_id = $1 and created_at = $2", [
    world.org_id,
    after(100 + 17 * 100),
  ]);
  await markDirty(db.pool, world, 1, after(100 + 17 * 100));
  await rollup(world);
  const second = 100 + 17 * 101;
  const rest = [1_440, 2_880, 4_320].map((day) => 100 + 17 * Math.ceil((second + day - 100) / 17));
  expect(await startsOf(world)).toEqual([90, moved[0], second, ...rest]);
});

test("a conversation whose first message comes more than a day after its start belongs to that message's session", async () => {
  const world = await createWorld(db.pool);
  for (const [start, messageAfter] of [
    [0, 1_440],
    [3_000, 1_441],
  ] as const)
    await createActivity(db.pool, world, {
      started_at: after(start),
      messages: [{ at: after(start + messageAfter) }],
    });
  await rollup(world);
  expect(await startsOf(world)).toEqual([0, 1_440, 4_441]);
  const { rows } = await db.pool.query<{ count: number }>(
    "select interaction_count as count from sessions where org_id = $1 order by id",
    [world.org_id],
  );
  expect(rows.map(({ count }) => count)).toEqual([1, 0, 1]);
});
