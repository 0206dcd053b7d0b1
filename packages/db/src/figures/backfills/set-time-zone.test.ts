import { ActivitiesInput } from "@twin/contracts/activities";
import { expect, test } from "vitest";
import { differences, dumpFigures, makeBusyOrganization, now, runToEnd } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, useApplication } from "../../../test/ingesting.ts";
import { keep } from "../../../test/lifecycle.ts";
import { listActivities } from "../../activities/list.ts";
import { startBackfill } from "./start.ts";
import { cancelBackfill } from "./cancel.ts";
import { listBackfills } from "./list.ts";
import { getBackfill } from "./progress.ts";
import { resumeBackfill } from "./resume.ts";
import { advanceSeal } from "../../lifecycle/seal.ts";
import { markNewDay } from "../new-day.ts";
import { rollupOrganization } from "../rollup.ts";
import { setTimeZone } from "./set-time-zone.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);

test("it is written down, cancels the backfill at work, and takes old days at the ends away", async () => {
  const { org_id } = await makeBusyOrganization(application.db, 2, "UTC");
  const actor = systemOf(org_id);
  await database.pool.query("insert into daily_metrics (org_id, metric_date) values ($1, '2026-01-04')", [org_id]);
  const march = await startBackfill(
    application.db,
    actor,
    { what: "metrics", from: "2026-03-01", to: "2026-03-31" },
    now,
  );
  const { timezone, backfill } = await setTimeZone(application.db, actor, { timezone: "Pacific/Kiritimati" }, now);
  expect(timezone).toBe("Pacific/Kiritimati");
  expect(backfill).toMatchObject({
    what: "metrics",
    from: "2026-01-02",
    to: "2026-04-13",
    status: "queued",
    days_done: 0,
  });
  expect(await getBackfill(application.db, actor, march)).toMatchObject({
    status: "cancelled",
    error: expect.stringContaining("time zone"),
  });
  await runToEnd(application.db, org_id, backfill!.id);
  const { rows } = await database.pool.query(
    "select metric_date::text as day from daily_metrics where org_id = $1 order by 1",
    [org_id],
  );
  expect(rows.map(({ day }) => day)).toEqual(["2026-01-05", "2026-01-06", "2026-03-01", "2026-03-02", "2026-03-03"]);
  const audit = await database.pool.query(
    "select details from audit_log where org_id = $1 and action = 'organization.set_time_zone'",
    [org_id],
  );
  expect(audit.rows).toEqual([{ details: { from: "UTC", to: "Pacific/Kiritimati" } }]);
  expect(await setTimeZone(application.db, actor, { timezone: "Pacific/Kiritimati" }, now)).toEqual({
    timezone,
    backfill: null,
  });
});

test("a batch on its way in goes first, and is counted by the new zone", async () => {
  const sender = await makeBusyOrganization(application.db, 2, "UTC");
  const late = Array.from({ length: 8 }, (_, index) =>
    conversation(`late${index}`, `2026-03-0${1 + index}T23:30:00.000Z`),
  );
  const [{ backfill }] = await Promise.all([
    setTimeZone(application.db, systemOf(sender.org_id), { timezone: "Asia/Kolkata" }, now),
    ...late.map((record) => sender.send([record], { now })),
  ]);
  await runToEnd(application.db, sender.org_id, backfill!.id);
  await rollupOrganization(application.db, systemOf(sender.org_id), { now });
  expect(await differences(application.db, sender.org_id)).toEqual([]);
  const { rows } = await database.pool.query(
    "select sum(total_conversations)::int as conversations from daily_metrics where org_id = $1 and metric_date > '2026-03-02'",
    [sender.org_id],
  );
  expect(rows).toEqual([{ conversations: 7 }]);
});

/** Seals the days [from, before) of March 2026, which are up to date, and says how their rows are. */
async function sealMarch(org_id: number, from: string, before: string): Promise<void> {
  await database.pool.query(
    `update organizations o set sealed_from = start_of($2, day_rule_of(o)), sealed_before = start_of($3, day_rule_of(o)) where id = $1`,
    [org_id, `2026-03-${from}`, `2026-03-${before}`],
  );
}

const turnsOf = async (org_id: number) =>
  (await database.pool.query("select turn_day::text[], turn_zone from organizations where id = $1", [org_id])).rows[0];

test("sealed days stay as they are, and the first open one begins at the seal", async () => {
  const sender = await makeBusyOrganization(application.db, 6, "Europe/Berlin");
  const { org_id } = sender;
  const actor = systemOf(org_id);
  // Late on the 3rd in Berlin, and the 4th in Kolkata; early on the 4th in Berlin, and in Kolkata.
  await sender.send([conversation("late", "2026-03-03T20:00:00Z"), conversation("early", "2026-03-03T23:30:00Z")], {
    now,
  });
  await rollupOrganization(application.db, actor, { now });
  await sealMarch(org_id, "01", "04");
  const before = await dumpFigures(database.pool, org_id);
  const isSealed = (line: string) => /"(?:day|metric_date|usage_date)": "2026-03-0[123]"/.test(line);
  const { backfill } = await setTimeZone(application.db, actor, { timezone: "Asia/Kolkata" }, now);
  await runToEnd(application.db, org_id, backfill!.id);
  const after = await dumpFigures(database.pool, org_id);
  expect(after.filter(isSealed)).toEqual(before.filter(isSealed));
  expect(await differences(application.db, org_id)).toEqual([]);
  const { items } = await listActivities(
    application.db,
    actor,
    ActivitiesInput.parse({ start_date: "2026-03-04", end_date: "2026-03-04", order: "oldest" }),
    now,
  );
  expect(items.map(({ started_at }) => started_at).sort()).toEqual([
    "2026-03-03T23:30:00.000Z",
    "2026-03-04T10:00:00.000Z",
    "2026-03-04T15:00:00.000Z",
  ]);
  expect(await turnsOf(org_id)).toEqual({ turn_day: ["2026-03-01", "2026-03-04"], turn_zone: ["Europe/Berlin"] });
});

test.each([true, false])("who changes back finds what was there, recomputed in between: %s", async (isRecomputed) => {
  const { org_id } = await makeBusyOrganization(application.db, 6, "Europe/Berlin");
  const actor = systemOf(org_id);
  // Every day up to today has a row.
  await markNewDay(application.db, actor, now);
  await rollupOrganization(application.db, actor, { now });
  await sealMarch(org_id, "02", "04");
  const before = await dumpFigures(database.pool, org_id);
  for (const timezone of ["Pacific/Honolulu", "Pacific/Kiritimati", "Europe/Berlin"]) {
    const { backfill } = await setTimeZone(application.db, actor, { timezone }, now);
    if (isRecomputed || timezone === "Europe/Berlin") await runToEnd(application.db, org_id, backfill!.id);
  }
  expect(await dumpFigures(database.pool, org_id)).toEqual(before);
  expect(await turnsOf(org_id)).toEqual({ turn_day: null, turn_zone: null });
});

// Kiritimati is a day ahead of Honolulu. Of the two days beside the seal one takes in what would be its neighbour's, and the
// other has no instant: it is no day of the seal, and nothing is left on it.
test.each([
  {
    zones: ["Pacific/Honolulu", "Pacific/Kiritimati"],
    from: "03",
    before: "04",
    days: [
      ["01", "28 10:00", false, 0],
      ["02", "01 10:00", false, 4],
      ["03", "03 10:00", true, 2],
      ["04", "04 10:00", false, 0],
      ["05", "04 10:00", false, 2],
      ["06", "05 10:00", false, 2],
    ],
  },
  {
    zones: ["Pacific/Kiritimati", "Pacific/Honolulu"],
    from: "04",
    before: "05",
    days: [
      ["01", "01 10:00", false, 2],
      ["02", "02 10:00", false, 2],
      ["03", "03 10:00", false, 0],
      ["04", "03 10:00", true, 2],
      ["05", "04 10:00", false, 4],
      ["06", "06 10:00", false, 2],
    ],
  },
] as const)(
  "over the date line from $zones.0 a day beside the seal is empty",
  async ({ zones, from, before, days }) => {
    const { org_id } = await makeBusyOrganization(application.db, 7, zones[0]);
    await sealMarch(org_id, from, before);
    const { backfill } = await setTimeZone(application.db, systemOf(org_id), { timezone: zones[1] }, now);
    await runToEnd(application.db, org_id, backfill!.id);
    expect(await differences(application.db, org_id)).toEqual([]);
    const { rows } = await database.pool.query({
      text: `select to_char(d, 'DD'), to_char(start_of(d::date, day_rule_of(o)) at time zone 'UTC', 'DD HH24:MI'), is_sealed(d::date, o),
       coalesce(m.total_conversations, 0)
     from organizations o cross join generate_series('2026-03-01'::date, '2026-03-06', '1 day') d
     left join daily_metrics m on m.org_id = o.id and m.metric_date = d::date where o.id = $1 order by d`,
      values: [org_id],
      rowMode: "array",
    });
    expect(rows).toEqual(days);
  },
);

test("no day becomes final before it is one of the new zone, also where its backfill was cancelled", async () => {
  const { org_id } = await makeBusyOrganization(application.db, 6, "Europe/Berlin");
  const actor = systemOf(org_id);
  await keep(database.pool, org_id, "sessions", 35);
  const moves = ["Asia/Kolkata", "Asia/Tokyo"];
  for (const timezone of moves) await setTimeZone(application.db, actor, { timezone }, now);
  const { backfills } = await listBackfills(application.db, actor);
  const id = backfills[0]!.id;
  expect(backfills.map(({ status }) => status)).toEqual(["queued", "cancelled"]);
  const quiet = new Date(now.getTime() + 8 * 86_400_000);
  const waits = async () => (await advanceSeal(application.db, actor, { now: quiet })).waits?.reason ?? null;
  expect(await waits()).toBe(`backfill ${id} is at work on it`);
  await cancelBackfill(application.db, actor, { id });
  expect(await waits()).toBe(`backfill ${id} was cancelled before every day was one of Asia/Tokyo: resume it`);
  await resumeBackfill(application.db, actor, { id });
  await runToEnd(application.db, org_id, id);
  expect(await waits()).toBeNull();
});

test.each(["", "Nowhere/Land", "CEST", "+02:00", "posixrules"])("the zone %j is refused", async (timezone) => {
  const { org_id } = await makeSender(application.db);
  const change = setTimeZone(application.db, systemOf(org_id), { timezone }, now);
  await expect(change).rejects.toMatchObject({ code: "BAD_REQUEST", path: "timezone" });
});
