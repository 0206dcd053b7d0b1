import type { BackfillRange } from "@twin/contracts/backfills";
import { expect, test } from "vitest";
import { backfill, differences, diffOf, dumpFigures, makeBusyOrganization } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { useApplication } from "../../../test/ingesting.ts";
import { listBackfills } from "./list.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const march: BackfillRange = { what: "metrics", from: "2026-03-01", to: "2026-03-31" };

const figuresOf = (org_id: number) => dumpFigures(database.pool, org_id);

test("a backfill over true figures changes nothing and says so", async () => {
  const { org_id } = await makeBusyOrganization(application.db);
  const before = await figuresOf(org_id);
  const done = await backfill(application.db, org_id, march);
  expect(done).toMatchObject({
    status: "done",
    days_total: 31,
    days_done: 31,
    changed: 0,
    eta_seconds: 0,
    error: null,
  });
  expect(done.rate).toBeGreaterThan(0);
  expect(await figuresOf(org_id)).toEqual(before);
  expect(await diffOf(application.db, org_id, done.id)).toEqual([]);
  expect((await listBackfills(application.db, systemOf(org_id))).backfills).toEqual([done]);
});

test("whatever is wrong in a stored figure is repaired, and every repair is in the diff", async () => {
  const { org_id } = await makeBusyOrganization(application.db);
  const before = await figuresOf(org_id);
  const run = (text: string) => database.pool.query(text, [org_id]);
  await run(
    "update daily_metrics set total_messages = 999, platform_breakdown = '{\"web\": 7}' where org_id = $1 and metric_date = '2026-03-02'",
  );
  await run("delete from daily_metrics where org_id = $1 and metric_date = '2026-03-03'");
  await run("insert into daily_metrics (org_id, metric_date, total_queries) values ($1, '2026-03-25', 4)");
  await run("update user_days set tokens = tokens + 1 where org_id = $1 and day = '2026-03-04' and n = 1");
  await run("insert into user_days (org_id, day, n, platform, sessions) values ($1, '2026-03-05', 77, 'web', 3)");
  await run("delete from user_days where org_id = $1 and day = '2026-03-06'");
  await run(
    "update day_users set bits = set_bit(set_bit(bits, 1, 0), 900, 1) where org_id = $1 and kind = 'active' and day = '2026-03-07'",
  );
  await run(
    "insert into day_users (org_id, kind, day, lane, bits) select $1, 'used:ghost', '2026-03-08', 3, repeat('1', 2048)::bit(2048)",
  );
  await run(
    "update day_users set bits = set_bit(bits, 5, 1) where org_id = $1 and kind = 'first' and day = '2026-03-01'",
  );
  await run("update activity_hours set hours[3] = 8 where org_id = $1 and day = '2026-03-09'");
  await run(
    "update feature_usage set usage_count = 50 where org_id = $1 and usage_date = '2026-03-10' and feature_name = 'calendar_lookup'",
  );
  await run("update user_retention set day_1_active = false, total_sessions = 1 where org_id = $1 and n = 1");
  await run("update monthly_user_stats set duration_sum = 1 where org_id = $1 and n = 2");
  await run("insert into monthly_user_stats (org_id, n, month, session_count) values ($1, 55, '2026-03-01', 5)");
  expect((await differences(application.db, org_id)).length).toBeGreaterThan(10);

  const done = await backfill(application.db, org_id, march);
  // The day that had a row without a reason keeps one of zeros.
  expect((await figuresOf(org_id)).filter((line) => !line.includes("2026-03-25"))).toEqual(before);
  expect(await differences(application.db, org_id)).toEqual([]);
  const lines = await diffOf(application.db, org_id, done.id);
  expect(done.changed).toBe(lines.length);
  for (const line of [
    "2026-03-02 daily_metrics.total_messages: 999 -> 4",
    '2026-03-02 daily_metrics.platform_breakdown: {"web":7} -> {"slack":2}',
    "2026-03-03 daily_metrics.total_active_users: null -> 2",
    "2026-03-25 daily_metrics.total_queries: 4 -> 0",
    "2026-03-04 user_days.tokens: 9 -> 8",
    "2026-03-05 user_days.sessions: 3 -> null",
    "2026-03-06 user_days.sessions: null -> 2",
    "2026-03-07 day_users.active: 2 -> 2",
    "2026-03-08 day_users.used:ghost: 2048 -> null",
    "2026-03-01 day_users.first: 3 -> 2",
    "2026-03-09 activity_hours.hours: 10 -> 2",
    "2026-03-10 feature_usage.usage_count: 50 -> 1",
    "2026-03-01 user_retention.total_sessions: 1 -> 12",
    "2026-03-01 user_retention.day_1_active: false -> true",
    "2026-03-01 monthly_user_stats.session_count: 5 -> null",
  ]) {
    expect(lines).toContain(line);
  }
  expect(lines.filter((line) => /2026-03-(1[1-9]|3)/.test(line))).toEqual([]);
});

test("retention and monthly alone repair their own figures and leave the others", async () => {
  const { org_id } = await makeBusyOrganization(application.db);
  await database.pool.query("update user_retention set total_sessions = 1 where org_id = $1", [org_id]);
  await database.pool.query("update users set first_day = '2026-03-03' where org_id = $1 and n = 1", [org_id]);
  await database.pool.query("update monthly_user_stats set activity_count = 1 where org_id = $1", [org_id]);
  await database.pool.query(
    "update daily_metrics set total_queries = 3 where org_id = $1 and metric_date = '2026-03-02'",
    [org_id],
  );
  await backfill(application.db, org_id, { ...march, what: "retention" });
  await backfill(application.db, org_id, { ...march, what: "monthly" });
  expect(await differences(application.db, org_id)).toMatchObject([
    { table: "daily_metrics", column: "total_queries", stored: 3, recomputed: 0 },
  ]);
});
