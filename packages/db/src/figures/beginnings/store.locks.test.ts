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

test("a rollup holds nobody while it waits for somebody before them in the order of ids, whether their sessions are sent or derived", async () => {
  const sender = await makeSender(app.db);
  const now = new Date("2026-11-20T12:00:00Z");
  const users = ["u0", "u1", "u2", "u3"].map((external_id) => ({
    type: "user",
    external_id,
    email: `${external_id}@x.example`,
    full_name: external_id,
    created_at: "2025-01-01T00:00:00Z",
  }));
  const twin = { type: "twin", external_id: "t", user: "u0", name: "T", created_at: "2025-01-01T00:00:00Z" };
  await sender.send([...users, twin], { now });
  const { rows } = await database.pool.query("select id, full_name from users where org_id = $1 order by id", [
    sender.org_id,
  ]);
  const [first] = rows as { id: string; full_name: string }[];
  const started_at = "2026-11-19T10:00:00Z";
  const activities = users.map(({ external_id: user }) => ({
    type: "activity",
    external_id: `a-${user}`,
    user,
    twin: "t",
    activity_type: "query",
    platform: "web",
    started_at,
    ...(user === first!.full_name && { session: "s" }),
  }));
  const session = { type: "session", external_id: "s", user: first!.full_name, platform: "web", started_at };
  expect((await sender.send([session, ...activities], { now })).rejected).toEqual([]);
  const batch = await database.pool.connect();
  try {
    await batch.query("begin");
    await batch.query("select from users where id = $1 for no key update", [first!.id]);
    const rollup = rollupOrganization(app.db, systemOf(sender.org_id), { now });
    rollup.catch(() => {});
    const waits = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    await expect.poll(async () => (await database.pool.query(waits)).rowCount, { timeout: 10_000 }).toBeGreaterThan(0);
    const others = "select from users where org_id = $1 order by id for no key update nowait";
    expect((await batch.query(others, [sender.org_id])).rowCount).toBe(4);
    await batch.query("commit");
    expect((await rollup).person_days).toBe(4);
  } finally {
    await batch.query("rollback");
    batch.release();
  }
});

test("a rollup holds nobody while it waits for the owner of a twin, who comes before whoever used it and whose beginning may move", async () => {
  const sender = await makeSender(app.db);
  const now = new Date("2026-11-20T12:00:00Z");
  const named = (external_id: string) => ({
    type: "user",
    external_id,
    email: `${external_id}@x.example`,
    full_name: external_id,
  });
  await sender.send(["u0", "u1", "u2", "u3"].map(named), { now });
  const { rows } = await database.pool.query("select id, full_name from users where org_id = $1 order by id", [
    sender.org_id,
  ]);
  const [owner, ...users] = rows as { id: string; full_name: string }[];
  const created_at = "2025-01-01T00:00:00Z";
  const records = [
    ...users.map(({ full_name }) => ({ ...named(full_name), created_at })),
    { type: "twin", external_id: "t", user: owner!.full_name, name: "T", created_at },
    ...users.map(({ full_name: user }) => ({
      type: "activity",
      external_id: `a-${user}`,
      user,
      twin: "t",
      activity_type: "query",
      platform: "web",
      started_at: "2026-11-19T10:00:00Z",
    })),
  ];
  expect((await sender.send(records, { now })).rejected).toEqual([]);
  const batch = await database.pool.connect();
  try {
    await batch.query("begin");
    await batch.query("select from users where id = $1 for no key update", [owner!.id]);
    const rollup = rollupOrganization(app.db, systemOf(sender.org_id), { now });
    rollup.catch(() => {});
    const waits = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    await expect.poll(async () => (await database.pool.query(waits)).rowCount, { timeout: 10_000 }).toBeGreaterThan(0);
    const others = "select from users where org_id = $1 order by id for no key update nowait";
    expect((await batch.query(others, [sender.org_id])).rowCount).toBe(4);
    await batch.query("commit");
    await rollup;
  } finally {
    await batch.query("rollback");
    batch.release();
  }
  const { rows: begun } = await database.pool.query("select created_at_source from users where id = $1", [owner!.id]);
  expect(begun).toEqual([{ created_at_source: "derived" }]);
});
