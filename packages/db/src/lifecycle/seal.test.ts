import { expect, test } from "vitest";
import { inTenant } from "../tenancy/actor.ts";
import { holdImport } from "../records/ingest/hold-import.ts";
import { markNewDay } from "../figures/new-day.ts";
import { rollupOrganization } from "../figures/rollup.ts";
import { useDatabase } from "../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../test/ingesting.ts";
import { hold, keep, liftHolds } from "../../test/lifecycle.ts";
import { cutOf } from "../policies/cuts.ts";
import { readPolicies } from "../policies/policies.ts";
import { advanceSeal, type SealOutcome } from "./seal.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);

/** Conversations of these days, told at `at`, their figures up to date. */
async function tell(sender: Sender, at: string, ...days: string[]): Promise<void> {
  const now = new Date(at);
  const { rejected } = await sender.send([...people, ...days.map((day) => conversation(day, `${day}T10:00:00.000Z`))], {
    now,
  });
  expect(rejected).toEqual([]);
  await bringUp(sender, at);
}
async function bringUp({ org_id }: Sender, at: string): Promise<void> {
  await markNewDay(application.db, systemOf(org_id), new Date(at));
  await rollupOrganization(application.db, systemOf(org_id), { now: new Date(at) });
}
const seal = ({ org_id }: Sender, at: string): Promise<SealOutcome> =>
  advanceSeal(application.db, systemOf(org_id), { now: new Date(at) });
const policiesAt = ({ org_id }: Sender, at: string) =>
  inTenant(application.db, systemOf(org_id), (tx) => readPolicies(tx, new Date(at)));

/** Keeps everything for long but sessions. */
async function makeOrganization(zone: string): Promise<Sender> {
  const sender = await makeSender(application.db, zone);
  await keep(database.pool, sender.org_id, "activities", 10, "year");
  await keep(database.pool, sender.org_id, "messages", 10, "year");
  await keep(database.pool, sender.org_id, "sessions", 30);
  return sender;
}

test("cuts are local days by the calendar, and messages never outlive their activities", async () => {
  const sender = await makeSender(application.db, "Europe/Berlin");
  // It is 29 February in Berlin already.
  const leap = await policiesAt(sender, "2028-02-28T23:30:00Z");
  expect(leap.activities).toMatchObject({ cut_day: "2026-02-28", cut: "2026-02-27T23:00:00.000Z", is_default: true });
  expect(leap.messages).toMatchObject({ cut_day: "2027-02-28" });
  expect(leap.sessions).toMatchObject({ cut_day: "2027-12-01", keep: { count: 90, unit: "day" } });
  // Summer time has begun since: the day began an hour earlier in UTC.
  expect((await policiesAt(sender, "2026-06-28T12:00:00Z")).sessions.cut).toBe("2026-03-29T22:00:00.000Z");
  await keep(database.pool, sender.org_id, "activities", 6, "month");
  const short = await policiesAt(sender, "2026-06-28T12:00:00Z");
  expect(short.messages).toMatchObject({ keep: { count: 1, unit: "year" }, cut: short.activities.cut });
});

test("a shorter time is in force from its first instant on, however late anyone looks", async () => {
  const sender = await makeSender(application.db, "UTC");
  await keep(database.pool, sender.org_id, "sessions", 90);
  await database.pool.query(
    "update retention_policies set pending_count = 30, pending_unit = 'day', pending_from = '2026-05-08T00:00:00Z' where org_id = $1",
    [sender.org_id],
  );
  expect((await policiesAt(sender, "2026-05-07T23:59:59.999Z")).sessions).toMatchObject({
    keep: { count: 90, unit: "day" },
    pending: { count: 30, unit: "day", from: "2026-05-08T00:00:00.000Z" },
  });
  expect((await policiesAt(sender, "2026-05-08T00:00:00Z")).sessions).toMatchObject({
    keep: { count: 30, unit: "day" },
    pending: null,
    cut_day: "2026-04-08",
  });
});

test("the seal begins at the first day with records and goes two days beyond the cut, to local midnights", async () => {
  const sender = await makeOrganization("Europe/Berlin");
  await tell(sender, "2026-03-06T12:00:00Z", "2026-03-02", "2026-03-05");
  expect(await seal(sender, "2026-03-20T12:00:00Z")).toEqual({ sealed_from: null, sealed_before: null, waits: null });
  await bringUp(sender, "2026-05-01T12:00:00Z");
  // 30 days before 1 May, and two days more.
  expect(await seal(sender, "2026-05-01T12:00:00Z")).toEqual({
    sealed_from: "2026-03-01T23:00:00.000Z",
    sealed_before: "2026-04-02T22:00:00.000Z",
    waits: null,
  });
  const { rows } = await database.pool.query(
    "select actor_id, details -> 'days' as days from audit_log where org_id = $1 and action = 'lifecycle.seal'",
    [sender.org_id],
  );
  expect(rows).toEqual([{ actor_id: "test", days: { from: "2026-03-02", before: "2026-04-03" } }]);
  const cut = await inTenant(application.db, systemOf(sender.org_id), (tx) =>
    cutOf(tx, "sessions", new Date("2026-05-01T12:00:00Z")),
  );
  expect(cut.due).toEqual({
    from: "2026-03-01T23:00:00.000Z",
    before: "2026-03-31T22:00:00.000Z",
    settled: "2026-03-31T22:00:00.000Z",
  });
  // Once more is nothing new, and nothing is written.
  await seal(sender, "2026-05-01T12:00:00Z");
  const seals = "select from audit_log where org_id = $1 and action = 'lifecycle.seal'";
  expect((await database.pool.query(seals, [sender.org_id])).rowCount).toBe(1);
  // Activities go from months that are sealed to their end, so nothing of April may.
  await keep(database.pool, sender.org_id, "activities", 30);
  const activities = await inTenant(application.db, systemOf(sender.org_id), (tx) =>
    cutOf(tx, "activities", new Date("2026-05-03T12:00:00Z")),
  );
  expect(activities).toMatchObject({ cut_day: "2026-04-03", due: { before: "2026-03-31T22:00:00.000Z" } });
});

test("no day is sealed within 7 days of its last record, while its figures wait or a backfill is at work on it", async () => {
  const sender = await makeOrganization("UTC");
  await tell(sender, "2026-02-03T12:00:00Z", "2026-02-01", "2026-02-02");
  await tell(sender, "2026-03-30T12:00:00Z", "2026-02-10");
  expect(await seal(sender, "2026-04-06T11:59:59Z")).toMatchObject({
    sealed_before: "2026-02-10T00:00:00.000Z",
    waits: { day: "2026-02-10", reason: expect.stringContaining("7 days") },
  });
  // Days that no record reached since are sealed together with it.
  await bringUp(sender, "2026-04-06T12:00:00Z");
  const { pool } = database;
  await pool.query("insert into ops.dirty_log (org_id, day, n) values ($1, '2026-02-20', null)", [sender.org_id]);
  expect(await seal(sender, "2026-04-06T12:00:00Z")).toMatchObject({
    sealed_before: "2026-02-20T00:00:00.000Z",
    waits: { day: "2026-02-20", reason: expect.stringContaining("computed") },
  });
  await pool.query("delete from ops.dirty_log where org_id = $1", [sender.org_id]);
  await pool.query(
    `insert into backfills (org_id, id, what, from_day, to_day, status, started_by, created_at, moved_at)
     values ($1, 7, 'metrics', '2026-01-01', '2026-03-01', 'running', 'test', '2026-04-06', '2026-04-06')`,
    [sender.org_id],
  );
  expect((await seal(sender, "2026-04-06T12:00:00Z")).waits).toEqual({
    day: "2026-02-20",
    reason: "backfill 7 is at work on it",
  });
  await pool.query("update backfills set status = 'done' where org_id = $1", [sender.org_id]);
  expect(await seal(sender, "2026-04-06T12:00:00Z")).toMatchObject({
    sealed_before: "2026-03-09T00:00:00.000Z",
    waits: null,
  });
});

test("a running import and a hold on the organisation stop the seal", async () => {
  const sender = await makeOrganization("UTC");
  await tell(sender, "2026-02-03T12:00:00Z", "2026-02-01");
  await bringUp(sender, "2026-04-06T12:00:00Z");
  const imports = await holdImport(database.url, sender.org_id, 1);
  const another = await holdImport(database.url, sender.org_id, 2);
  expect((await seal(sender, "2026-04-06T12:00:00Z")).waits?.reason).toBe("an import is running");
  await imports.end();
  expect((await seal(sender, "2026-04-06T12:00:00Z")).waits?.reason).toBe("an import is running");
  await another.end();
  await hold(database.pool, sender.org_id);
  expect((await seal(sender, "2026-04-06T12:00:00Z")).waits?.reason).toContain("legal hold");
  await liftHolds(database.pool, sender.org_id);
  expect(await seal(sender, "2026-04-06T12:00:00Z")).toMatchObject({
    sealed_from: "2026-02-01T00:00:00.000Z",
    waits: null,
  });
});

test("history before the seal stays open, and is sealed once it has been quiet for 7 days", async () => {
  const sender = await makeOrganization("UTC");
  await tell(sender, "2026-02-03T12:00:00Z", "2026-02-01");
  await bringUp(sender, "2026-04-06T12:00:00Z");
  const { sealed_before } = await seal(sender, "2026-04-06T12:00:00Z");
  await tell(sender, "2026-04-06T13:00:00Z", "2025-11-20", "2025-12-24");
  expect(await seal(sender, "2026-04-06T14:00:00Z")).toEqual({
    sealed_from: "2026-02-01T00:00:00.000Z",
    sealed_before,
    waits: { day: "2025-11-20", reason: expect.stringContaining("7 days") },
  });
  await bringUp(sender, "2026-04-13T13:00:00Z");
  expect(await seal(sender, "2026-04-13T13:00:00Z")).toEqual({
    sealed_from: "2025-11-20T00:00:00.000Z",
    sealed_before: "2026-03-16T00:00:00.000Z",
    waits: null,
  });
  const { rejected } = await sender.send([conversation("late", "2025-12-01T10:00:00.000Z")], {
    now: new Date("2026-04-13T14:00:00Z"),
  });
  expect(rejected).toMatchObject([{ code: "TOO_OLD" }]);
});
