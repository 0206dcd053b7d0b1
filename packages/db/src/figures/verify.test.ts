import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../test/ingesting.ts";
import type { Actor } from "../tenancy/actor.ts";
import { rollupOrganization } from "./rollup.ts";
import { verifyOrganization } from "./verify.ts";
import type { Difference } from "./compare.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
let sender: Sender;
let system: Actor;

async function verify(options: { from?: string; to?: string; now?: Date } = {}): Promise<Difference[]> {
  const found: Difference[] = [];
  for await (const difference of verifyOrganization(application.db, system, { now, ...options }))
    found.push(difference);
  return found;
}

beforeAll(async () => {
  sender = await makeSender(application.db, "Europe/Berlin");
  system = systemOf(sender.org_id);
  await sender.send(
    [...people, conversation("a1", "2026-03-02T10:00:00.000Z"), conversation("a2", "2026-03-09T23:30:00.000Z")],
    { now },
  );
  await rollupOrganization(application.db, system, { now });
});

test("nothing differs after a rollup", async () => {
  expect(await verify()).toEqual([]);
});

test.each([
  ["user_days", "update user_days set user_messages = user_messages + 1", ["user_days", "platform_days"]],
  ["user_days", "delete from user_days", ["user_days"]],
  ["feature_usage", "update feature_usage set usage_count = 7", ["feature_usage"]],
  ["daily_metrics", "update daily_metrics set total_sessions = 9, new_users = 4", ["daily_metrics"]],
  ["daily_metrics", "delete from daily_metrics", ["daily_metrics"]],
  ["activity_hours", "update activity_hours set hours[1] = 5", ["activity_hours"]],
  ["platform_days", "update platform_days set queries = 3", ["platform_days", "daily_metrics"]],
  ["platform_days", "delete from platform_days", ["platform_days"]],
  ["feature_days", "update feature_days set usage_count = 0", ["feature_days"]],
  ["twin_months", "update twin_months set activities = 9", ["twin_months"]],
  ["twin_months", "delete from twin_months", ["twin_months"]],
  [
    "day_users",
    "update day_users set bits = set_bit(bits, 9, 1) where kind = 'active'",
    ["day_users", "active_periods"],
  ],
  ["day_users", "delete from day_users where kind = 'first'", ["day_users"]],
  ["active_periods", "update active_periods set bits = set_bit(bits, 9, 1) where period = 'week'", ["active_periods"]],
  ["active_periods", "delete from active_periods", ["active_periods"]],
  ["user_retention", "update user_retention set day_7_active = not day_7_active", ["user_retention"]],
  ["users", "update users set first_day = '2026-03-01'", ["users", "day_users"]],
  ["monthly_user_stats", "update monthly_user_stats set activity_count = 0", ["monthly_user_stats"]],
  ["sessions", "update sessions set interaction_count = 4", ["sessions"]],
  ["sessions", "delete from sessions", ["sessions", "user_days"]],
  ["activities", "update activities set session_id = null", ["activities", "monthly_user_stats"]],
])("what was changed by hand in %s is named: %s", async (_table, statement, tables) => {
  const where = `${statement.includes(" where ") ? "and" : "where"} org_id = ${sender.org_id}`;
  await database.pool.query(`${statement} ${where}`);
  const found = new Set((await verify()).map((difference) => difference.table));
  for (const table of tables) expect(found).toContain(table);
  await restore();
  expect(await verify()).toEqual([]);
});

test("a range looks at its days alone, and what waits to be recomputed is passed over", async () => {
  await database.pool.query("update user_days set tokens = tokens + 1 where org_id = $1 and day = '2026-03-02'", [
    sender.org_id,
  ]);
  expect(await verify({ from: "2026-03-05", to: "2026-03-20" })).toEqual([]);
  expect(await verify({ from: "2026-03-02", to: "2026-03-02" })).toMatchObject([
    { table: "user_days", key: { day: "2026-03-02", n: 1 }, column: "tokens" },
    { table: "platform_days", key: { day: "2026-03-02", platform: "slack" }, column: "tokens" },
  ]);
  await database.pool.query("insert into ops.dirty_log (org_id, day, n) values ($1, '2026-03-02', 1)", [sender.org_id]);
  expect(await verify()).toEqual([]);
  await restore();
});

test("two rollups and writers at once end in the same figures", { timeout: 180_000 }, async () => {
  const work = Array.from({ length: 6 }, (_, index) => conversation(`c${index}`, `2026-03-1${index}T10:00:00.000Z`));
  await Promise.all([
    ...work.map((record) => sender.send([record], { now })),
    ...Array.from({ length: 3 }, () => rollupOrganization(application.db, system, { now })),
  ]);
  await Promise.all([
    rollupOrganization(application.db, system, { now }),
    rollupOrganization(application.db, system, { now }),
  ]);
  expect(await verify()).toEqual([]);
  const { rows } = await database.pool.query<{ s: number }>(
    "select sum(total_sessions)::int as s from daily_metrics where org_id = $1",
    [sender.org_id],
  );
  expect(rows).toEqual([{ s: 8 }]);
});

test("what only the calendar made due since the last rollup is no difference, and the next rollup brings it", async () => {
  const flags = async () =>
    (
      await database.pool.query(
        "select day_1_active, day_7_active, day_30_active from user_retention where org_id = $1 and n = 1",
        [sender.org_id],
      )
    ).rows[0];
  const brought = (at: string) =>
    database.pool.query("update organizations set figures_at = $2 where id = $1", [sender.org_id, at]);
  const laterOn = { now: new Date("2026-04-02T12:00:00Z") };
  expect(await flags()).toEqual({ day_1_active: false, day_7_active: false, day_30_active: null });

  await brought("2026-04-01T21:00:00Z"); // 23:00 in Berlin, an hour before the 30th day ends
  expect(await verify(laterOn)).toEqual([]);
  await brought("2026-04-01T22:00:00Z");
  expect(await verify(laterOn)).toMatchObject([{ table: "user_retention", column: "day_30_active", stored: null }]);

  await brought("2026-04-01T21:00:00Z");
  await sender.send([conversation("late", "2026-03-12T10:00:00.000Z", { user: "u2" })], laterOn);
  await rollupOrganization(application.db, system, laterOn);
  expect(await flags()).toMatchObject({ day_30_active: false });
  expect(await verify(laterOn)).toEqual([]);
});

/** Everything marked and recomputed: whatever was stored, the figures are right again. */
async function restore(): Promise<void> {
  await database.pool.query(
    `insert into ops.dirty_log (org_id, day, n)
     select $1, d::date, n from generate_series('2026-01-01'::date, '2026-03-20', interval '1 day') d, (values (1), (2), (null)) p (n)`,
    [sender.org_id],
  );
  await rollupOrganization(application.db, system, { now });
}
