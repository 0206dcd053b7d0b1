import { expect, test } from "vitest";
import { systemOf } from "../../../test/actors.ts";
import { differences } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import { rollupOrganization } from "../rollup.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-10T12:00:00Z");

const query = async (text: string, ...values: unknown[]) => (await database.pool.query(text, values)).rows;
const rollUp = ({ org_id }: Sender) => rollupOrganization(application.db, systemOf(org_id), { now });
const changesOf = ({ org_id }: Sender) => query("select from ops.hour_changes where org_id = $1", org_id);

/** `platform hour`: how many, of 2 March. */
async function hoursOf({ org_id }: Sender): Promise<Record<string, number>> {
  const rows = await query(
    `select platform || ' ' || hour - 1 as at, activities from activity_hours, unnest(hours) with ordinality h (activities, hour)
      where org_id = $1 and day = '2026-03-02' and activities <> 0`,
    org_id,
  );
  return Object.fromEntries(rows.map(({ at, activities }) => [at, activities]));
}

/** One activity at 10 by the clock of Berlin, whose hour is stored as seven. */
async function miscounted(): Promise<Sender> {
  const sender = await makeSender(application.db, "Europe/Berlin");
  await sender.send([...people, conversation("a1", "2026-03-02T09:10:00.000Z")], { now });
  await rollUp(sender);
  expect(await hoursOf(sender)).toEqual({ "slack 10": 1 });
  await query("update activity_hours set hours[11] = 7 where org_id = $1", sender.org_id);
  return sender;
}

test("new activities are added to the hours of their day, which isn't counted anew", async () => {
  const sender = await miscounted();
  await sender.send(
    [
      conversation("a2", "2026-03-02T09:50:00.000Z"),
      conversation("a3", "2026-03-02T22:59:59.999Z", { platform: "web" }),
      conversation("a4", "2026-03-02T23:00:00.000Z"),
      conversation("a5", "2026-03-01T22:59:59.999Z"),
    ],
    { now },
  );
  await sender.send([conversation("a2", "2026-03-02T09:50:00.000Z")], { now });
  await rollUp(sender);
  expect(await hoursOf(sender)).toEqual({ "slack 10": 8, "web 23": 1 });
  expect(await changesOf(sender)).toEqual([]);
});

test("where an activity moves to another platform its day is counted anew, with what came in", async () => {
  const sender = await miscounted();
  await sender.send([conversation("a2", "2026-03-02T09:50:00.000Z")], { now });
  await sender.send(
    [
      conversation("a1", "2026-03-02T09:10:00.000Z", { platform: "web", updated_at: "2026-03-09T12:00:00.000Z" }),
      conversation("a3", "2026-03-02T09:50:00.000Z"),
    ],
    { now },
  );
  await rollUp(sender);
  expect(await hoursOf(sender)).toEqual({ "slack 10": 2, "web 10": 1 });
  expect(await changesOf(sender)).toEqual([]);
  await sender.send([conversation("a4", "2026-03-02T09:55:00.000Z")], { now });
  await rollUp(sender);
  expect(await differences(application.db, sender.org_id, now)).toEqual([]);
});

test("what came in of a day that was sealed meanwhile is dropped with its marks", async () => {
  const sender = await miscounted();
  await sender.send([conversation("a2", "2026-03-02T09:50:00.000Z")], { now });
  await query(
    "update organizations set sealed_from = '2026-01-01T00:00Z', sealed_before = '2026-03-05T23:00Z' where id = $1",
    sender.org_id,
  );
  await rollUp(sender);
  expect(await hoursOf(sender)).toEqual({ "slack 10": 7 });
  expect(await changesOf(sender)).toEqual([]);
});
