import { expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { makeSender, useApplication } from "../../test/ingesting.ts";
import { keep } from "../../test/lifecycle.ts";
import { inTenant } from "../tenancy/actor.ts";
import { cutOf } from "./cuts.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-06-01T12:00:00Z");

async function cuts(from: string, before: string) {
  const { org_id } = await makeSender(application.db, "Europe/Berlin");
  for (const type of ["activities", "messages", "sessions"] as const) await keep(database.pool, org_id, type, 1);
  await database.pool.query("update organizations set sealed_from = $2, sealed_before = $3 where id = $1", [
    org_id,
    from,
    before,
  ]);
  return inTenant(application.db, systemOf(org_id), async (tx) => ({
    sessions: (await cutOf(tx, "sessions", now)).due,
    messages: (await cutOf(tx, "messages", now)).due,
    activities: (await cutOf(tx, "activities", now)).due,
  }));
}

test("what goes ends two days before the seal does, and activities go only from months that are sealed to their end", async () => {
  // In Berlin sealed are the days from 1 January to 19 March.
  const days = {
    from: "2025-12-31T23:00:00.000Z",
    before: "2026-03-17T23:00:00.000Z",
    settled: "2026-03-17T23:00:00.000Z",
  };
  expect(await cuts("2025-12-31T23:00:00Z", "2026-03-19T23:00:00Z")).toEqual({
    sessions: days,
    messages: days,
    activities: { ...days, before: "2026-02-28T23:00:00.000Z" },
  });
});

test("at the first of a month the two days lie in the month before, which is sealed to its end", async () => {
  const { activities } = await cuts("2025-12-31T23:00:00Z", "2026-02-28T23:00:00Z");
  expect(activities!.before).toBe("2026-02-26T23:00:00.000Z");
});
