import { beforeAll, expect, test } from "vitest";
import {
  createActivity,
  createMessages,
  createSession,
  createWorld,
  markDirty,
  type World,
} from "../../../test/factories.ts";
import { useDatabase } from "../../../test/database.ts";
import { connect, type Database } from "../../postgres/connect.ts";
import { rollupOrganization } from "../../figures/rollup.ts";

const db = useDatabase();
let database: Database;
beforeAll(() => {
  database = connect(db.url);
  return () => database.close();
});

const now = new Date("2026-03-20T12:00:00Z");
const day = (time: string) => `2026-03-10T${time}:00.000Z`;
const rollup = (world: World) => rollupOrganization(database, world.system, { now });

type Stored = { person: number; start: string; end: string | null; count: number; derived: boolean };
async function sessionsOf(world: World): Promise<Stored[]> {
  const { rows } = await db.pool.query<{
    n: number;
    s: Date;
    e: Date | null;
    interaction_count: number;
    is_derived: boolean;
  }>(
    `select u.n, s.started_at s, s.ended_at e, interaction_count, is_derived from sessions s
     join users u on u.org_id = s.org_id and u.id = s.user_id where s.org_id = $1 order by s.id`,
    [world.org_id],
  );
  return rows.map((row) => ({
    person: row.n - 1,
    start: row.s.toISOString().slice(11, 16),
    end: row.e?.toISOString().slice(11, 16) ?? null,
    count: row.interaction_count,
    derived: row.is_derived,
  }));
}
const derived = (start: string, end: string, count: number, person = 0): Stored => ({
  person,
  start,
  end,
  count,
  derived: true,
});
async function sessionOf(activity: string): Promise<string | null> {
  const { rows } = await db.pool.query<{ session_id: string | null }>(
    "select session_id from activities where id = $1",
    [activity],
  );
  return rows[0]!.session_id;
}

test("a gap of more than 30 minutes begins a new session, one of exactly 30 doesn't", async () => {
  const world = await createWorld(db.pool);
  for (const at of ["10:00", "10:30", "11:01"])
    await createActivity(db.pool, world, { type: "query", started_at: day(at) });
  await rollup(world);
  expect(await sessionsOf(world)).toEqual([derived("10:00", "10:30", 2), derived("11:01", "11:01", 1)]);
});

test("when a person was last active doesn't depend on the order in which their moments come", async () => {
  const world = await createWorld(db.pool);
  for (const at of ["09:00", "10:20", "10:00"]) {
    await createActivity(db.pool, world, { type: "query", started_at: day(at) });
    await rollup(world);
  }
  expect(await sessionsOf(world)).toEqual([derived("09:00", "09:00", 1), derived("10:00", "10:20", 2)]);
  const { rows } = await db.pool.query("select last_active_at from users where org_id = $1 and n = 1", [world.org_id]);
  expect(rows).toEqual([{ last_active_at: new Date(day("10:00")) }]);
});

test("what a person writes are moments, what the twin writes is none", async () => {
  const world = await createWorld(db.pool);
  await createActivity(db.pool, world, {
    started_at: day("10:00"),
    messages: [
      { at: day("10:00") },
      { at: day("10:20") },
      { at: day("10:45"), sender: "twin" },
      { at: day("11:30"), sender: "twin" },
    ],
  });
  await rollup(world);
  expect(await sessionsOf(world)).toEqual([derived("10:00", "10:20", 1)]);
});

test("a conversation that its user didn't begin belongs to the session of their first message", async () => {
  const world = await createWorld(db.pool);
  const activity = await createActivity(db.pool, world, {
    started_at: day("08:00"),
    messages: [{ at: day("08:00"), sender: "twin" }, { at: day("10:00") }, { at: day("10:10") }],
  });
  await rollup(world);
  expect(await sessionsOf(world)).toEqual([derived("10:00", "10:10", 1)]);
  expect(await sessionOf(activity)).not.toBeNull();
});

test("a conversation in which its user hasn't written has no moment and no session; one without messages has its start", async () => {
  const world = await createWorld(db.pool);
  const silent = await createActivity(db.pool, world, {
    started_at: day("08:00"),
    messages: [{ at: day("08:00"), sender: "twin" }],
  });
  await createActivity(db.pool, world, { started_at: day("12:00") });
  await rollup(world);
  expect(await sessionsOf(world)).toEqual([derived("12:00", "12:00", 1)]);
  expect(await sessionOf(silent)).toBeNull();
});

test("messages at the same time are ordered by seq", async () => {
  const world = await createWorld(db.pool);
  await createActivity(db.pool, world, {
    started_at: day("08:00"),
    messages: [{ at: day("09:00"), seq: 2 }, { at: day("09:00"), seq: 1, sender: "twin" }, { at: day("09:40") }],
  });
  await createActivity(db.pool, world, {
    started_at: day("18:00"),
    messages: [
      { at: day("19:00"), seq: 1 },
      { at: day("19:00"), seq: 2, sender: "twin" },
    ],
  });
  await rollup(world);
  expect(await sessionsOf(world)).toEqual([
    derived("09:00", "09:00", 1),
    derived("09:40", "09:40", 0),
    derived("18:00", "18:00", 1),
    derived("19:00", "19:00", 0),
  ]);
});

test("people who write in another's conversation have sessions of their own, even where the activity names one", async () => {
  const world = await createWorld(db.pool);
  const named = await createSession(db.pool, world, {
    platform: "slack",
    started_at: day("10:00"),
    ended_at: day("10:15"),
  });
  await createActivity(db.pool, world, {
    started_at: day("10:00"),
    session: named,
    messages: [
      { at: day("10:00") },
      { at: day("10:05"), user: 1 },
      { at: day("10:50") },
      { at: day("10:25"), user: 1 },
    ],
  });
  await rollup(world);
  expect(await sessionsOf(world)).toEqual([
    { person: 0, start: "10:00", end: "10:15", count: 0, derived: false },
    derived("10:05", "10:25", 0, 1),
  ]);
});

test("twins and platforms have sessions apart", async () => {
  const world = await createWorld(db.pool);
  await createActivity(db.pool, world, { type: "query", started_at: day("10:00"), platform: "slack" });
  await createActivity(db.pool, world, { type: "query", started_at: day("10:01"), platform: "web" });
  await createActivity(db.pool, world, { type: "query", started_at: day("10:02"), twin: 1, platform: "web" });
  await rollup(world);
  expect(await sessionsOf(world)).toHaveLength(3);
});

test("a moment inside a named session begins none, and its activity belongs to that session", async () => {
  const world = await createWorld(db.pool);
  const anyTwin = await createSession(db.pool, world, { started_at: day("10:00"), ended_at: day("11:00") });
  const otherTwin = await createSession(db.pool, world, { twin: 1, started_at: day("13:00"), ended_at: day("14:00") });
  const inside = await createActivity(db.pool, world, { type: "query", platform: "web", started_at: day("11:00") });
  const elsewhere = await createActivity(db.pool, world, {
    type: "query",
    platform: "slack",
    started_at: day("10:30"),
  });
  const another = await createActivity(db.pool, world, { type: "query", platform: "web", started_at: day("13:30") });
  await rollup(world);
  expect(await sessionOf(inside)).toBe(anyTwin);
  expect((await sessionsOf(world)).filter((session) => session.derived)).toEqual([
    derived("10:30", "10:30", 1),
    derived("13:30", "13:30", 1),
  ]);
  expect([anyTwin, otherTwin]).not.toContain(await sessionOf(elsewhere));
  expect([anyTwin, otherTwin]).not.toContain(await sessionOf(another));
});

test("an open session reaches to its last named activity", async () => {
  const world = await createWorld(db.pool);
  const open = await createSession(db.pool, world, { started_at: day("10:00") });
  await createActivity(db.pool, world, { type: "query", platform: "web", started_at: day("12:00"), session: open });
  const inside = await createActivity(db.pool, world, { type: "query", platform: "web", started_at: day("11:59") });
  await createActivity(db.pool, world, { type: "query", platform: "web", started_at: day("12:01") });
  await rollup(world);
  expect(await sessionOf(inside)).toBe(open);
  expect((await sessionsOf(world)).filter((session) => session.derived)).toEqual([derived("12:01", "12:01", 1)]);
});

test("a session without an end, of which only something before its start is known, holds what happens as it starts", async () => {
  const world = await createWorld(db.pool);
  const open = await createSession(db.pool, world, { started_at: day("10:00") });
  await createActivity(db.pool, world, { type: "query", platform: "web", started_at: day("09:10"), session: open });
  const inside = await createActivity(db.pool, world, { type: "query", platform: "web", started_at: day("10:00") });
  await rollup(world);
  expect(await sessionOf(inside)).toBe(open);
  expect((await sessionsOf(world)).filter((session) => session.derived)).toEqual([]);
});

test("a late moment joins two sessions, and one that goes splits them; nothing changed writes nothing", async () => {
  const world = await createWorld(db.pool);
  await createActivity(db.pool, world, { type: "query", started_at: day("10:00") });
  await createActivity(db.pool, world, { type: "query", started_at: day("10:50") });
  await rollup(world);
  expect(await sessionsOf(world)).toHaveLength(2);
  const late = await createActivity(db.pool, world, { type: "query", started_at: day("10:25") });
  await rollup(world);
  expect(await sessionsOf(world)).toEqual([derived("10:00", "10:50", 3)]);
  const versions = () =>
    db.pool.query("select xmin::text, id from sessions where org_id = $1 order by id", [world.org_id]);
  const before = (await versions()).rows;
  await markDirty(db.pool, world, 1, day("12:00"));
  expect((await rollup(world)).rows).toBe(0);
  expect((await versions()).rows).toEqual(before);
  await db.pool.query("delete from activities where id = $1", [late]);
  await markDirty(db.pool, world, 1, day("10:25"));
  await rollup(world);
  expect(await sessionsOf(world)).toEqual([derived("10:00", "10:00", 1), derived("10:50", "10:50", 1)]);
});

test("a session that crosses midnight grows from either day and counts on the day of its start", async () => {
  const world = await createWorld(db.pool);
  await createActivity(db.pool, world, { type: "query", started_at: "2026-03-10T23:50:00.000Z" });
  await rollup(world);
  await createActivity(db.pool, world, { type: "query", started_at: "2026-03-11T00:10:00.000Z" });
  await rollup(world);
  expect(await sessionsOf(world)).toEqual([derived("23:50", "00:10", 2)]);
  await createActivity(db.pool, world, { type: "query", started_at: "2026-03-10T23:30:00.000Z" });
  await rollup(world);
  expect(await sessionsOf(world)).toEqual([derived("23:30", "00:10", 3)]);
  const { rows } = await db.pool.query(
    "select metric_date::text d, total_sessions s, total_active_users a, avg_session_duration_seconds avg from daily_metrics where org_id = $1 order by 1",
    [world.org_id],
  );
  expect(rows).toEqual([
    { d: "2026-03-10", s: 1, a: 1, avg: 2400 },
    { d: "2026-03-11", s: 0, a: 0, avg: 0 },
  ]);
});

test("a message that arrives late changes whose conversation it is, days away", async () => {
  const world = await createWorld(db.pool);
  const activity = await createActivity(db.pool, world, {
    started_at: "2026-03-01T08:00:00.000Z",
    messages: [{ at: "2026-03-05T09:00:00.000Z" }],
  });
  await rollup(world);
  expect((await sessionsOf(world)).map((session) => session.count)).toEqual([1]);
  await createMessages(db.pool, world, { activity, user: 0 }, [{ at: "2026-03-04T09:00:00.000Z", user: 1 }]);
  await rollup(world);
  expect((await sessionsOf(world)).map(({ person, count }) => [person, count])).toEqual([
    [1, 0],
    [0, 1],
  ]);
});

test("a conversation's moment and session are followed to days that aren't marked", async () => {
  const world = await createWorld(db.pool);
  const activity = await createActivity(db.pool, world, {
    started_at: "2026-03-01T08:00:00.000Z",
    messages: [{ at: "2026-03-01T08:00:00.000Z" }, { at: "2026-03-05T09:00:00.000Z" }],
  });
  await rollup(world);
  const [first, later] = await db.pool
    .query<{ id: string }>("select id from sessions where org_id = $1 order by id", [world.org_id])
    .then(({ rows }) => rows.map(({ id }) => id));
  expect(await sessionOf(activity)).toBe(first);
  const startsWith = async (sender: "user" | "twin") => {
    await db.pool.query(
      "update messages set sender_type = $2 where conversation_id = $1 and created_at < '2026-03-02'",
      [activity, sender],
    );
    await db.pool.query("delete from ops.dirty_log where org_id = $1", [world.org_id]);
    await markDirty(db.pool, world, world.people[0]!.n, "2026-03-01T12:00:00.000Z");
    await rollup(world);
  };
  await startsWith("twin");
  expect(await sessionOf(activity)).toBe(later);
  expect((await sessionsOf(world)).map(({ start, count }) => [start, count])).toEqual([["09:00", 1]]);
  await startsWith("user");
  expect(await sessionOf(activity)).toBe(first);
  expect((await sessionsOf(world)).map(({ start, count }) => [start, count])).toEqual([
    ["08:00", 1],
    ["09:00", 0],
  ]);
});

test("a session begun before the seal stays as it is, and its moments after the seal create none", async () => {
  const world = await createWorld(db.pool);
  await createActivity(db.pool, world, { type: "query", started_at: "2026-03-09T23:50:00.000Z" });
  await rollup(world);
  await db.pool.query(
    "update organizations set sealed_from = '2026-03-01', sealed_before = '2026-03-10' where id = $1",
    [world.org_id],
  );
  const after = await createActivity(db.pool, world, { type: "query", started_at: "2026-03-10T00:05:00.000Z" });
  await createActivity(db.pool, world, { type: "query", started_at: "2026-03-10T00:40:00.000Z" });
  await rollup(world);
  expect(await sessionsOf(world)).toEqual([derived("23:50", "23:50", 1), derived("00:40", "00:40", 1)]);
  const { rows } = await db.pool.query("select id from sessions where org_id = $1 order by id limit 1", [world.org_id]);
  expect(await sessionOf(after)).toBe(rows[0].id);
});
