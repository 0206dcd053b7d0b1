import fc from "fast-check";
import { expect, test } from "vitest";
import { differences, makeBusyOrganization, now, runToEnd, system } from "../../test/backfilling.ts";
import { useDatabase } from "../../test/database.ts";
import { afterAll, type History, history, recordsOf } from "../../test/figures/history.ts";
import { isAmbiguous } from "../../test/figures/reference.ts";
import { storedFigures } from "../../test/figures/stored.ts";
import { conversation, makeSender, type Sender, useApplication } from "../../test/ingesting.ts";
import { startBackfill } from "../backfills/start.ts";
import { getBackfill } from "../backfills/progress.ts";
import { rollupOrganization } from "../metrics/rollup.ts";
import { setTimeZone } from "./set-time-zone.ts";

const database = useDatabase();
const application = useApplication(database);

async function fill(zone: string, h: History): Promise<Sender> {
  const sender = await makeSender(application.db, zone);
  const { rejected } = await sender.send(recordsOf(h), { now: afterAll(h) });
  expect(rejected).toEqual([]);
  return sender;
}

/** All that is stored, without days on which nothing was but installations, which are counted when they are read. */
async function figuresOf(org_id: number) {
  const { daily, ...rest } = await storedFigures(database.pool, org_id);
  const held = Object.entries(daily).filter(([, row]) =>
    Object.entries(row)
      .filter(([column]) => column !== "total_twin_installations")
      .some(([, value]) => (typeof value === "number" ? value > 0 : Object.keys(value as object).length > 0)),
  );
  return { ...rest, daily: Object.fromEntries(held) };
}

const isSettled = (h: History): boolean =>
  !h.activities.some(isAmbiguous) &&
  !h.sessions.some((a, i) => h.sessions.some((b, j) => i < j && a.user === b.user && a.platform === b.platform));

test(
  "after a change the figures are those of an organisation that always had the new zone",
  { timeout: 120_000 },
  async () => {
    const zones = fc.constantFrom(
      "America/Havana",
      "Asia/Kathmandu",
      "Australia/Lord_Howe",
      "Pacific/Kiritimati",
      "Pacific/Pago_Pago",
      "UTC",
    );
    await fc.assert(
      fc.asyncProperty(history.filter(isSettled), zones, fc.boolean(), async (h, zone, isUpToDate) => {
        const [moved, fresh] = [await fill(h.zone, h), await fill(zone, h)];
        const at = { now: afterAll(h) };
        if (isUpToDate) await rollupOrganization(application.db, system(moved.org_id), at);
        const { backfill } = await setTimeZone(application.db, system(moved.org_id), { timezone: zone }, afterAll(h));
        if (backfill) await runToEnd(application.db, moved.org_id, backfill.id, at.now);
        for (const { org_id } of [moved, fresh]) await rollupOrganization(application.db, system(org_id), at);
        expect(await figuresOf(moved.org_id)).toEqual(await figuresOf(fresh.org_id));
        expect(await differences(application.db, moved.org_id, afterAll(h))).toEqual([]);
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 6) },
    );
  },
);

test("it is written down, cancels the backfill at work, and takes old days at the ends away", async () => {
  const { org_id } = await makeBusyOrganization(application.db, 2, "UTC");
  const actor = system(org_id);
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
    setTimeZone(application.db, system(sender.org_id), { timezone: "Asia/Kolkata" }, now),
    ...late.map((record) => sender.send([record], { now })),
  ]);
  await runToEnd(application.db, sender.org_id, backfill!.id);
  await rollupOrganization(application.db, system(sender.org_id), { now });
  expect(await differences(application.db, sender.org_id)).toEqual([]);
  const { rows } = await database.pool.query(
    "select sum(total_conversations)::int as conversations from daily_metrics where org_id = $1 and metric_date > '2026-03-02'",
    [sender.org_id],
  );
  expect(rows).toEqual([{ conversations: 7 }]);
});

test("sealed days stay; a seal that is no midnight of the new zone refuses it", async () => {
  const { org_id } = await makeBusyOrganization(application.db, 6, "Europe/Berlin");
  const actor = system(org_id);
  await database.pool.query(
    "update organizations set sealed_from = '2026-02-28T23:00Z', sealed_before = '2026-03-03T23:00Z' where id = $1",
    [org_id],
  );
  await database.pool.query(
    "update daily_metrics set total_messages = 77 where org_id = $1 and metric_date <= '2026-03-03'",
    [org_id],
  );
  await expect(setTimeZone(application.db, actor, { timezone: "Asia/Kolkata" }, now)).rejects.toMatchObject({
    code: "CONFLICT",
    path: "timezone",
  });
  const { backfill } = await setTimeZone(application.db, actor, { timezone: "Africa/Lagos" }, now);
  await runToEnd(application.db, org_id, backfill!.id);
  const { rows } = await database.pool.query(
    "select metric_date::text as day from daily_metrics where org_id = $1 and total_messages = 77 and metric_date >= '2026-03-01' order by 1",
    [org_id],
  );
  expect(rows.map(({ day }) => day)).toEqual(["2026-03-01", "2026-03-02", "2026-03-03"]);
});

test.each(["", "Nowhere/Land", "CEST", "+02:00", "posixrules"])("the zone %j is refused", async (timezone) => {
  const { org_id } = await makeSender(application.db);
  const change = setTimeZone(application.db, system(org_id), { timezone }, now);
  await expect(change).rejects.toMatchObject({ code: "BAD_REQUEST", path: "timezone" });
});
