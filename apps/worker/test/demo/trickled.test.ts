import { addDays } from "@twin/contracts/dates";
import { createOrganization } from "@twin/db/access/create-organization";
import { recordBatch } from "@twin/db/records/ingest/record-batch";
import { systemOf } from "@twin/db/test/actors";
import { canaryRecords } from "@twin/db/test/canary";
import { useDatabase } from "@twin/db/test/database";
import { useApplication } from "@twin/db/test/ingesting";
import { expect, test } from "vitest";
import { acmeOf, worldRecords } from "../../src/demo/acme.ts";
import { dayOf } from "../../src/demo/calendar.ts";
import { visitsOf } from "../../src/demo/visits.ts";
import type { TaskContext } from "../../src/task.ts";
import trickle from "../../src/tasks/demo/trickle.ts";

const database = useDatabase();
const app = useApplication(database);

test("what one demonstration can't take keeps nothing from the next, nor does somebody who was erased", async () => {
  const now = new Date();
  const make = async (slug: string) =>
    (await createOrganization(app.db, { slug, name: slug, time_zone: "UTC", is_demo: true })).org_id;
  // The first knows nobody of Acme, so every visit is refused there.
  const [wrong, right] = [await make("demo-wrong"), await make("demo-right")];
  const send = async (org_id: number, records: unknown[]) =>
    expect((await recordBatch(app.db, systemOf(org_id), { records }, { source: "demo", now })).rejected).toEqual([]);
  await send(wrong, canaryRecords(`${addDays(dayOf(now), -8)}T09:00:00Z`, "").records);

  const acme = acmeOf(dayOf(now));
  await send(right, [...worldRecords(acme, dayOf(now))]);
  let day = addDays(dayOf(now), -12);
  while (visitsOf(acme, day).length === 0) day = addDays(day, 1);
  const [first, ...others] = visitsOf(acme, day);
  await send(right, first!.records);
  const erased = others.flatMap(({ records }) =>
    records.flatMap((one) => ("user" in one ? [String(one.user)] : [])),
  )[0];
  const { email } = acme.people.find(({ id }) => id === erased)!;
  const { rowCount } = await database.pool.query(
    "update users set deleted_at = now() where org_id = $1 and email_key = $2",
    [right, email],
  );
  expect(rowCount).toBe(1);

  const context = { db: app.db, actor: systemOf(0), now, env: { demo: true }, signal: new AbortController().signal };
  await expect(trickle({}, context as unknown as TaskContext)).rejects.toThrow(/wrong record/);
  const { rows } = await database.pool.query("select count(*)::int as n from activities where org_id = $1", [right]);
  expect(rows[0].n).toBeGreaterThan(others.length);
}, 120_000);
