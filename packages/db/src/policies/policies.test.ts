import type { Keep } from "@twin/contracts/policies";
import { permissionsOf } from "@twin/contracts/vocabulary";
import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { makeCast, tell, visits } from "../../test/figures/fast-motion.ts";
import { type Sender, useApplication } from "../../test/ingesting.ts";
import { keep } from "../../test/lifecycle.ts";
import type { Actor } from "../tenancy/actor.ts";
import { forecastLifecycle } from "../lifecycle/forecast.ts";
import { listPolicies } from "../lifecycle/list-policies.ts";
import { liftHold, listHolds, placeHold } from "../lifecycle/manage-holds.ts";
import { planLifecycle } from "../lifecycle/plan.ts";
import { runLifecycle } from "../lifecycle/run.ts";
import { listRuns } from "../lifecycle/runs.ts";
import { queueDueRun } from "../lifecycle/schedule.ts";
import { cancelPending, previewPolicy, setPolicy } from "../lifecycle/set-policy.ts";
import { readStorage } from "../lifecycle/storage.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);

/** Two hundred days of visits, told to the end, then quiet for nine days. */
const begin = new Date("2026-01-05T00:00:00Z");
const told = new Date("2026-07-24T00:00:00Z");
const now = new Date("2026-08-02T12:00:00Z");
let sender: Sender;
let actor: Actor;
beforeAll(async () => {
  sender = await makeCast(application.db, "Europe/Berlin", begin.toISOString());
  actor = systemOf(sender.org_id);
  await tell(application.db, sender, visits(begin, told, 2, 7), told);
  await tell(application.db, sender, [], now);
});
const days = (count: number): Keep => ({ count, unit: "day" });
const member = (role: "owner" | "ops"): Actor => ({
  kind: "member",
  org_id: sender.org_id,
  account_id: "00000000-0000-4000-8000-000000000001",
  name: role,
  role,
  permissions: permissionsOf(role),
  request_id: "test",
});
const auditOf = async (action: string) =>
  (
    await database.pool.query("select reason, details from audit_log where org_id = $1 and action = $2 order by id", [
      sender.org_id,
      action,
    ])
  ).rows;
const count = async (sql: string): Promise<number> =>
  (await database.pool.query(`select count(*)::int as n from ${sql}`, [sender.org_id])).rows[0].n;

test("a longer time is in force at once, a shorter one after seven days in which it can be taken back", async () => {
  const { db } = application;
  const longer = await setPolicy(db, actor, { data_type: "sessions", keep: { count: 1, unit: "year" } }, now);
  expect(longer).toMatchObject({
    keep: { count: 1, unit: "year" },
    pending: null,
    is_default: false,
    cut_day: "2025-08-02",
  });
  const shorter = await setPolicy(db, actor, { data_type: "sessions", keep: days(60) }, now);
  expect(shorter).toMatchObject({
    keep: { count: 1, unit: "year" },
    pending: { count: 60, unit: "day", from: "2026-08-09T12:00:00.000Z" },
  });
  expect(
    (await planLifecycle(db, actor, { at: "now" }, now)).steps.find((s) => s.data_type === "sessions")!.going.rows,
  ).toBe(0);
  expect((await cancelPending(db, actor, { data_type: "sessions" }, now)).pending).toBeNull();
  await setPolicy(db, actor, { data_type: "sessions", keep: days(60) }, now);
  const { policies } = await listPolicies(db, actor, {}, new Date("2026-08-09T12:00:00Z"));
  expect(policies.find(({ data_type }) => data_type === "sessions")).toMatchObject({ keep: days(60), pending: null });
  // Ninety days are longer than what has come into force by then.
  const later = new Date("2026-08-10T00:00:00Z");
  expect(await setPolicy(db, actor, { data_type: "sessions", keep: days(90) }, later)).toMatchObject({
    keep: days(90),
    pending: null,
  });
  expect((await auditOf("lifecycle.set_policy")).map(({ details }) => `${details.was} -> ${details.now}`)).toEqual([
    "90 days -> 1 year",
    "1 year -> 60 days",
    "1 year -> 60 days",
    "60 days -> 90 days",
  ]);
  expect(await auditOf("lifecycle.cancel_pending_policy")).toHaveLength(1);
});

test("a time out of bounds is refused, naming the bounds, and messages never outlive their activities", async () => {
  const { db } = application;
  const refused = (data_type: "sessions" | "messages" | "activities", keeps: Keep) =>
    expect(setPolicy(db, actor, { data_type, keep: keeps }, now)).rejects;
  await refused("sessions", days(29)).toMatchObject({
    code: "BAD_REQUEST",
    path: "keep",
    message: expect.stringContaining("30 days and 2 years"),
  });
  await refused("sessions", { count: 25, unit: "month" }).toThrow("too long");
  await refused("activities", { count: 5, unit: "month" }).toThrow("too short");
  await refused("messages", { count: 3, unit: "year" }).toThrow("kept 2 years");
  await expect(previewPolicy(db, actor, { data_type: "sessions", keep: days(1) }, now)).rejects.toThrow("too short");
});

test("preview, plan, forecast and storage say before what a run then does", async () => {
  const { db } = application;
  await keep(database.pool, sender.org_id, "sessions", 90);
  const preview = await previewPolicy(db, actor, { data_type: "sessions", keep: days(40) }, now);
  expect(preview).toMatchObject({
    change: "shorter",
    in_force_from: "2026-08-09T12:00:00.000Z",
    cut_day: "2026-06-30",
  });
  expect(preview.going.rows).toBe(
    await count(
      "sessions where org_id = $1 and (started_at at time zone 'Europe/Berlin')::date >= '2026-05-11' and (started_at at time zone 'Europe/Berlin')::date < '2026-06-30'",
    ),
  );
  expect(preview.months.map(({ month }) => month)).toEqual(["2026-05-01", "2026-06-01"]);
  expect(preview.months.reduce((sum, { rows }) => sum + rows, 0)).toBe(preview.going.rows);
  expect((await previewPolicy(db, actor, { data_type: "sessions", keep: days(100) }, now)).going.rows).toBe(0);

  const { at, steps } = await planLifecycle(db, actor, { at: "next_run" }, now);
  expect(at).toBe("2026-08-03T01:00:00.000Z");
  const planned = steps.find(({ data_type }) => data_type === "sessions")!;
  const due = await count("sessions where org_id = $1 and started_at < '2026-05-04T22:00:00Z'");
  expect(planned).toMatchObject({
    cut_day: "2026-05-05",
    going: { rows: due, tables: { sessions: due } },
    waits: null,
  });
  const forecast = await forecastLifecycle(db, actor, {}, now);
  expect(forecast.entries[0]).toMatchObject({ data_type: "sessions", from: at, to: at, going: { rows: due } });
  const night = forecast.entries.filter(({ data_type }) => data_type === "sessions");
  expect(night.map(({ kept_from }) => kept_from)).toEqual(["2026-05-05", "2026-06-02", "2026-07-01", "2026-07-03"]);
  expect(night.reduce((sum, { going }) => sum + going.rows, 0)).toBe(
    await count("sessions where org_id = $1 and started_at < '2026-07-02T22:00:00Z'"),
  );
  const before = await count("sessions where org_id = $1");
  const lane = async () =>
    (await readStorage(db, actor, {}, now)).lanes.find(({ data_type }) => data_type === "sessions")!;
  expect((await lane()).rows).toBe(before);

  await runLifecycle(db, actor, { now: new Date(at) });
  const { runs } = await listRuns(db, actor, { limit: 10 });
  expect(runs[0]).toMatchObject({ data_type: "sessions", status: "done", rows: due, cut: "2026-05-04T22:00:00.000Z" });
  expect((await lane()).rows).toBe(before - due);
  expect((await lane()).months[0]).toMatchObject({ month: "2026-05-01" });
});

test("holds are placed and lifted with a reason, once, and ops learn how many people are held, not who", async () => {
  const { db } = application;
  const [{ id: user }] = (
    await database.pool.query("select id from users where org_id = $1 order by n limit 1", [sender.org_id])
  ).rows;
  const owner = member("owner");
  const placed = await placeHold(db, owner, { user, reason: "a case" }, now);
  expect(await placeHold(db, owner, { user, reason: "again" }, now)).toEqual(placed);
  expect((await listHolds(db, owner)).holds).toEqual([placed]);
  expect(await listHolds(db, member("ops"))).toEqual({ holds: [], organization_held: false, people_held: 1 });
  const lifted = await liftHold(db, owner, { id: placed.id, reason: "settled" }, now);
  expect(lifted).toMatchObject({ lifted_by: "owner", lifted_at: now.toISOString() });
  await liftHold(db, owner, { id: placed.id, reason: "once more" }, now);
  expect(await auditOf("lifecycle.place_hold")).toMatchObject([{ reason: "a case" }]);
  expect(await auditOf("lifecycle.lift_hold")).toMatchObject([{ reason: "settled" }]);
});

test("the run of a local day is queued once, from 03:00 on, also where the clocks skip that hour", async () => {
  const athens = await makeCast(application.db, "Europe/Athens", "2026-01-05T00:00:00Z");
  const queued: string[] = [];
  const started = "insert into job_runs (org_id, task, started_at) values ($1, 'lifecycle/apply', $2)";
  // On 29 March it is 04:00 after 02:59:59.
  for (let at = Date.parse("2026-03-27T22:10:00Z"); at < Date.parse("2026-03-30T22:00:00Z"); at += 3_600_000) {
    if (!(await queueDueRun(application.db, systemOf(athens.org_id), new Date(at)))) continue;
    queued.push(new Date(at).toISOString());
    await database.pool.query(started, [athens.org_id, new Date(at)]);
  }
  expect(queued).toEqual(["2026-03-28T01:10:00.000Z", "2026-03-29T01:10:00.000Z", "2026-03-30T00:10:00.000Z"]);
});
