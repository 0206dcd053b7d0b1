import { beforeAll, expect, test } from "vitest";
import { makeBusyOrganization, now } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { useApplication } from "../../../test/ingesting.ts";
import { inTenant } from "../../tenancy/actor.ts";
import { mintId } from "../../postgres/uuid-time.ts";
import { listChunkMarks } from "./chunk-marks.ts";
import { planBackfill } from "./plan.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
let org_id: number;
const people: { id: string; twin: string; activity: string }[] = [];

beforeAll(async () => {
  ({ org_id } = await makeBusyOrganization(application.db, 1, "UTC"));
  const { rows } = await database.pool.query(
    `select u.id, (select t.id from twins t where t.org_id = $1 and t.user_id = u.id) as twin,
       (select a.id from activities a where a.org_id = $1 and a.user_id = u.id and a.activity_type = 'conversation') as activity
     from users u where u.org_id = $1 order by u.n`,
    [org_id],
  );
  people.push(...rows);
});

const instant = (day: string) => `${day}T15:00:00.000Z`;
const idOn = (day: string) => mintId(Date.parse(instant(day)), day);
const insert = (table: string, row: Record<string, unknown>) =>
  database.pool.query(
    `insert into ${table} (org_id, ${Object.keys(row).join(", ")}) values ($1, ${Object.keys(row)
      .map((_, i) => `$${i + 2}`)
      .join(", ")})`,
    [org_id, ...Object.values(row)],
  );

/** One row of the second person (or of nobody in particular) alone on a day, and whose number must be computed. */
const rows: [table: string, day: string, n: number, make: (day: string) => Promise<unknown>][] = [
  [
    "sessions",
    "2026-03-12",
    2,
    (day) => insert("sessions", { id: idOn(day), user_id: people[1]!.id, platform: "web", started_at: instant(day) }),
  ],
  [
    "activities",
    "2026-03-13",
    2,
    (day) =>
      insert("activities", {
        id: idOn(day),
        user_id: people[1]!.id,
        twin_id: people[1]!.twin,
        activity_type: "shared",
        started_at: instant(day),
        platform: "web",
      }),
  ],
  [
    "messages",
    "2026-03-14",
    2,
    (day) =>
      insert("messages", {
        conversation_id: people[0]!.activity,
        id: idOn(day),
        user_id: people[1]!.id,
        sender_type: "user",
        created_at: instant(day),
      }),
  ],
  [
    "feature_events",
    "2026-03-15",
    2,
    (day) =>
      insert("feature_events", {
        id: idOn(day),
        user_id: people[1]!.id,
        feature_name: "calendar_lookup",
        used_at: instant(day),
      }),
  ],
  [
    "documents",
    "2026-03-16",
    2,
    (day) =>
      insert("documents", { activity_id: people[1]!.activity, user_id: people[1]!.id, created_at: instant(day) }),
  ],
  [
    "queries",
    "2026-03-17",
    2,
    (day) => insert("queries", { activity_id: people[1]!.activity, user_id: people[1]!.id, created_at: instant(day) }),
  ],
  [
    "shared_twin_interactions",
    "2026-03-18",
    2,
    (day) =>
      insert("shared_twin_interactions", {
        activity_id: people[0]!.activity,
        accessing_user_id: people[1]!.id,
        twin_id: people[0]!.twin,
        created_at: instant(day),
      }),
  ],
  [
    "users",
    "2026-03-19",
    0,
    (day) => database.pool.query("update users set created_at = $2 where id = $1", [people[1]!.id, instant(day)]),
  ],
  ["user_days", "2026-04-01", 2, (day) => insert("user_days", { day, n: 2, platform: "web" })],
  [
    "feature_usage",
    "2026-04-02",
    2,
    (day) => insert("feature_usage", { usage_date: day, n: 2, feature_name: "x", last_used_at: instant(day) }),
  ],
  [
    "user_retention",
    "2026-04-03",
    2,
    (day) =>
      database.pool.query("update user_retention set cohort_date = $2 where org_id = $1 and n = 2", [org_id, day]),
  ],
  ["monthly_user_stats", "2026-02-01", 2, (day) => insert("monthly_user_stats", { n: 2, month: day })],
  [
    "users.first_day",
    "2026-04-04",
    2,
    (day) => database.pool.query("update users set first_day = $2 where id = $1", [people[1]!.id, day]),
  ],
  [
    "day_users",
    "2026-04-05",
    2048,
    (day) =>
      database.pool.query(
        "insert into day_users (org_id, kind, day, lane, bits) values ($1, 'active', $2, 1, repeat('0', 2048)::bit(2048))",
        [org_id, day],
      ),
  ],
  [
    "activity_hours",
    "2026-04-06",
    0,
    (day) => insert("activity_hours", { day, platform: "web", hours: Array.from({ length: 24 }, () => 0) }),
  ],
  ["platform_days", "2026-04-07", 0, (day) => insert("platform_days", { day, platform: "web" })],
  ["feature_days", "2026-04-08", 0, (day) => insert("feature_days", { day, feature_name: "x", usage_count: 1 })],
  ["daily_metrics", "2026-04-09", 0, (day) => insert("daily_metrics", { metric_date: day })],
];

test.each(rows)("a row of %s alone on a day has that day computed anew, and whose it is", async (_, day, n, make) => {
  const marks = () =>
    inTenant(
      application.db,
      systemOf(org_id),
      async (tx) => (await listChunkMarks(tx, { from: day, to: day }, rule)).marks,
    );
  const { rows: found } = await database.pool.query(
    "select day_rule_of(o)::text as rule from organizations o where id = $1",
    [org_id],
  );
  const { rule } = found[0] as { rule: string };
  expect(await marks()).toEqual([]);
  await make(day);
  const [mark] = await marks();
  expect(mark).toMatchObject({ day, own: true });
  expect([...new Set(mark!.ns)].sort((a, b) => a! - b!)).toEqual([...new Set([0, n])]);
});

test("a plan counts the raw rows of each kind", async () => {
  const days = rows.slice(0, 7).map(([, day]) => day);
  const plan = async (from: string, to: string) =>
    (await planBackfill(application.db, systemOf(org_id), { what: "metrics", from, to }, now)).raw_rows;
  for (const day of days) expect(await plan(day, day), day).toBe(1);
  expect(await plan(days[0]!, days.at(-1)!)).toBe(7);
  expect(await plan("2026-03-19", "2026-04-09")).toBe(0);
});
