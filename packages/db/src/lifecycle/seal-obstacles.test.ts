import { expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../test/ingesting.ts";
import { keep } from "../../test/lifecycle.ts";
import { markNewDay } from "../figures/new-day.ts";
import { rollupOrganization } from "../figures/rollup.ts";
import { advanceSeal } from "./seal.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const told = new Date("2026-02-03T12:00:00Z");
const now = new Date("2026-04-06T12:00:00Z");

/** Everything is kept for long but sessions, and all days up to now are up to date. */
async function make(...records: unknown[]): Promise<Sender> {
  const sender = await makeSender(application.db);
  for (const type of ["activities", "messages"] as const) await keep(database.pool, sender.org_id, type, 10, "year");
  await keep(database.pool, sender.org_id, "sessions", 30);
  expect((await sender.send([...people, ...records], { now: told })).rejected).toEqual([]);
  await markNewDay(application.db, systemOf(sender.org_id), now);
  await rollupOrganization(application.db, systemOf(sender.org_id), { now });
  return sender;
}
const seal = ({ org_id }: Sender) => advanceSeal(application.db, systemOf(org_id), { now });
const whole = { sealed_from: "2026-02-01T00:00:00.000Z", sealed_before: "2026-03-09T00:00:00.000Z", waits: null };
const talk = conversation("a1", "2026-02-01T10:00:00.000Z");

/** A backfill of 10 to 20 February as it stands, and whether its first day may be sealed. */
const backfills: [status: string, zone: string | null, reason: string | null][] = [
  ["queued", null, "is at work on it"],
  ["running", null, "is at work on it"],
  ["failed", null, "failed: resume it"],
  ["cancelled", null, null],
  ["cancelled", "Europe/Berlin", "was cancelled before every day was one of Europe/Berlin: resume it"],
  ["failed", "Europe/Berlin", "failed: resume it"],
  ["done", "Europe/Berlin", null],
];

test.each(backfills)(
  "a backfill that is %s (of zone %s) keeps its days from being sealed: %s",
  async (status, zone, reason) => {
    const sender = await make(talk);
    const add = (id: number, state: string, of: string | null, to: string) =>
      database.pool.query(
        `insert into backfills (org_id, id, what, from_day, to_day, status, started_by, created_at, moved_at, zone)
       values ($1, $2, 'metrics', '2026-02-10', $3, $4, 'test', $5, $5, $6)`,
        [sender.org_id, id, to, state, now, of],
      );
    await add(7, status, zone, "2026-02-20");
    if (reason !== null) {
      expect(await seal(sender)).toMatchObject({
        sealed_before: "2026-02-10T00:00:00.000Z",
        waits: { day: "2026-02-10", reason: `backfill 7 ${reason}` },
      });
      if (["queued", "running"].includes(status)) return;
      // One that computed only some of its days makes up for nothing, one that computed all of them does.
      await add(8, "done", zone, zone === null ? "2026-02-19" : "2026-02-20");
      if (zone === null) {
        expect((await seal(sender)).waits).toMatchObject({ day: "2026-02-10" });
        await add(9, "done", null, "2026-02-20");
      }
    }
    expect(await seal(sender)).toMatchObject(whole);
  },
);

test("a twin's owner that was put right is followed first", async () => {
  const sender = await make(talk);
  await database.pool.query(
    "insert into owner_corrections (org_id, twin_id) select org_id, id from twins where org_id = $1 limit 1",
    [sender.org_id],
  );
  expect(await seal(sender)).toMatchObject({
    sealed_before: null,
    waits: { day: "2026-02-01", reason: expect.stringContaining("owner was put right") },
  });
  await database.pool.query("delete from owner_corrections where org_id = $1", [sender.org_id]);
  expect(await seal(sender)).toMatchObject(whole);
});

test("days on which only features were used are sealed like others", async () => {
  const sender = await make({
    type: "feature",
    user: "u1",
    feature_name: "calendar_lookup",
    used_at: "2026-02-01T10:00:00Z",
  });
  expect(await seal(sender)).toMatchObject(whole);
});
