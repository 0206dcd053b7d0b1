import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { makeAskedMonths } from "./months.ts";
import { recordBatch } from "./record-batch.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);

/** A feature event in each of so many months, from this one on. */
const events = (from: string, count: number) =>
  Array.from({ length: count }, (_, i) => {
    const [year, month] = from.split("-").map(Number) as [number, number];
    return {
      type: "feature",
      user: "u1",
      feature_name: "search",
      used_at: new Date(Date.UTC(year, month - 1 + i, 10)).toISOString(),
    };
  });
const now = new Date("2026-04-10T12:00:00Z");
const tomorrow = new Date("2026-04-11T00:00:01Z");
const send = (sender: Sender, records: unknown[], at = now) => sender.send([...people, ...records], { now: at });
const system = (sender: Sender): Actor => systemOf(sender.org_id);
const tables = async () =>
  (await database.pool.query<{ n: number }>("select count(*)::int n from pg_class where relkind = 'r'")).rows[0]!.n;
const jobs = async () =>
  (
    await database.pool.query(
      "select payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = 'partitions/make'",
    )
  ).rows;

test("a batch that needs more than 24 new months is refused whole, and a job makes them", async () => {
  const sender = await makeSender(application.db);
  const before = await tables();
  await expect(send(sender, events("2001-01", 25))).rejects.toMatchObject({
    code: "MONTHS_BEING_MADE",
    retry_after_seconds: 10,
  });
  expect(await tables()).toBe(before);
  expect(await jobs()).toEqual([{ payload: { org_id: sender.org_id } }]);
  expect((await database.pool.query("select from users where org_id = $1", [sender.org_id])).rowCount).toBe(0);
  expect(await makeAskedMonths(application.db, system(sender), now)).toBe(25);
  expect(await makeAskedMonths(application.db, system(sender), now)).toBe(0);
  expect(await tables()).toBe(before + 25 * 8);
  expect(await send(sender, events("2001-01", 25))).toMatchObject({ accepted: 25 + people.length, rejected: [] });
});

test("24 new months are made while the batch waits, whose own months of the day they are; 48 a day, whatever is sent", async () => {
  const sender = await makeSender(application.db);
  const before = await tables();
  expect((await send(sender, events("2005-01", 24))).rejected).toEqual([]);
  expect((await send(sender, events("2007-01", 24))).rejected).toEqual([]);
  expect(await tables()).toBe(before + 48 * 8);
  await expect(send(sender, events("2009-01", 1))).rejects.toMatchObject({
    code: "TOO_MANY_REQUESTS",
    limit: 48,
    retry_after_seconds: 43_200,
  });
  await expect(send(sender, events("2009-01", 60))).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
  expect(await tables()).toBe(before + 48 * 8);
  // What is there already is nobody's to ask for, and another organisation has its own months.
  expect((await send(sender, events("2005-01", 48))).rejected).toEqual([]);
  const other = await makeSender(application.db);
  expect((await send(other, events("2009-01", 1))).rejected).toEqual([]);
  expect((await send(sender, events("2010-01", 2), tomorrow)).rejected).toEqual([]);
});

test("60 records that need 60 months make 48 of them on the first day", async () => {
  const sender = await makeSender(application.db);
  const before = await tables();
  for (let i = 0; i < 3; i++)
    await expect(send(sender, events("2012-01", 60))).rejects.toMatchObject({ code: "MONTHS_BEING_MADE" });
  expect(await makeAskedMonths(application.db, system(sender), now)).toBe(48);
  await expect(send(sender, events("2012-01", 60))).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
  expect(await tables()).toBe(before + 48 * 8);
  expect((await send(sender, events("2012-01", 60), tomorrow)).rejected).toEqual([]);
});

test("two batches at one time don't ask for more than the day has", async () => {
  const sender = await makeSender(application.db);
  const before = await tables();
  const answers = await Promise.allSettled(
    [1980, 1982, 1984, 1986].map((year) => send(sender, events(`${year}-01`, 20))),
  );
  expect(answers.every(({ status }) => status === "fulfilled")).toBe(true);
  expect(await tables()).toBe(before);
  const later = await Promise.allSettled([2018, 2020, 2022].map((year) => send(sender, events(`${year}-01`, 20))));
  expect(later.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
  expect(await tables()).toBe(before + 40 * 8);
});

test("an import gets as many months as it needs", async () => {
  const sender = await makeSender(application.db);
  await database.pool.query("update organizations set history_from = '1970-01-01Z' where id = $1", [sender.org_id]);
  const records = [...people, ...events("1971-01", 100)];
  const answer = await recordBatch(application.db, system(sender), { records }, { source: "import", now });
  expect(answer.rejected).toEqual([]);
});
